import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendToGithubEnv, shellLine, shells } from "../../build/go-environment.ts";
import { inspectErrors } from "../../cache/inspect/errors.ts";
import { openSession } from "../../cache/inspect/session.ts";
import { withheldText } from "../../cache/runner-token.ts";
import { fetchIdentityToken } from "../../ci/identity-token.ts";
import { serverFlags, resolveCacheSettings } from "../cache-target.ts";
import { timeText } from "../cache-text.ts";
import { type CommandContext, defineCommand } from "../command.ts";

const { server, caFile } = serverFlags;

/** `ballast token` */
export const command = defineCommand({
  path: ["token"],
  summary: "get a token for the cache by the CI job's own identity, and print the line that makes it used",
  details:
    "The CI platform vouches for the job (GitHub: `permissions: id-token: write`; GitLab: `id_tokens`, in BALLAST_ID_TOKEN; " +
    "Buildkite: its agent). The server takes that for a session, which lives as long as the server says and is what the later " +
    "steps send. It lies in a file that only this user can read. The server must be named by a flag or BALLAST_SERVER: the job's " +
    "identity goes to no server that the checkout names.",
  flags: {
    server,
    caFile,
    audience: {
      type: "string",
      valueName: "NAME",
      default: "ballast",
      doc: "The audience that the server's policy asks for.",
    },
    shell: { type: "choice", choices: shells, default: "sh", doc: "Whose syntax to print." },
    github: {
      type: "boolean",
      doc: "Append to the file that GITHUB_ENV names, for the job's later steps, and print nothing.",
    },
  },
  examples: [
    { line: 'eval "$(ballast token)"', remark: "In sh, bash or zsh, with BALLAST_SERVER set." },
    { line: "ballast token --github", remark: "In a step of a GitHub job, for those that follow." },
  ],
  run: async (context, given) => {
    const { values, origins } = resolveCacheSettings(context, given);
    if (values.server === undefined) {
      throw inspectErrors.error("inspect/server-missing", "there is nobody to send a token to");
    }
    if (origins.server?.source === "file") {
      throw inspectErrors.error("inspect/server-missing", withheldText("this job's identity"));
    }
    const identity = await fetchIdentityToken(context.env, given.audience);
    const session = await openSession({ server: values.server, caFile: values.caFile }, identity);
    const file = keep(context, session.token);
    const said = session.rule === undefined ? "the server knows no sessions" : `rule ${session.rule}`;
    const until = session.expiresMs === undefined ? "" : `, until ${timeText(session.expiresMs)}`;
    context.stderr.write(
      `ballast: token for ${values.server}: ${said}; writes ${session.writes.join(", ") || "nothing"}${until}\n`,
    );
    if (given.github === true) appendToGithubEnv(context.env["GITHUB_ENV"], "BALLAST_TOKEN_FILE", file);
    else context.stdout.write(`${shellLine(given.shell, "BALLAST_TOKEN_FILE", file)}\n`);
    return 0;
  },
});

/** A file of its own, readable by this user only; in the runner's temporary folder, which CI platforms empty. */
function keep({ env }: CommandContext, token: string): string {
  const folder = mkdtempSync(join(env["RUNNER_TEMP"] || tmpdir(), "ballast-token-"));
  const path = join(folder, "token");
  writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
  return path;
}
