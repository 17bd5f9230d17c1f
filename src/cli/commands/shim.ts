import { appendFileSync } from "node:fs";
import { resolve } from "node:path";
import { shellLine } from "../../build/go-environment.ts";
import { writeShim } from "../../build/shim.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

/** `ballast shim DIR` */
export const command = defineCommand({
  path: ["shim"],
  summary: "write a `go` that is `ballast go`, for tools that start go by themselves",
  details:
    "make, gotestsum, goreleaser and ko start the go that they find first on PATH. This writes such a go into DIR and " +
    "prints the line that puts DIR in front of PATH. It starts this executable, which starts the next go of PATH that " +
    "is no shim, and adds no line of its own to the output.",
  positionals: "DIR",
  flags: {
    github: { type: "boolean", doc: "Put DIR on the PATH of a GitHub job's later steps instead of printing the line." },
  },
  examples: [
    { line: 'eval "$(ballast shim ./.ballast-bin)" && make', remark: "In a shell." },
    {
      line: 'ballast shim --github "$RUNNER_TEMP/ballast"',
      remark: "In a step of a GitHub job, for those that follow.",
    },
  ],
  run: ({ cwd, env, stdout, stderr }, { github }, [word, extra]) => {
    if (word === undefined) throw cliErrors.error("cli/argument-invalid", "DIR is missing");
    if (extra !== undefined) throw cliErrors.error("cli/argument-unexpected", JSON.stringify(extra));
    const folder = resolve(cwd, word);
    if (github === true) requireGithub(env["GITHUB_PATH"]);
    const path = writeShim(folder);
    if (github === true) appendFileSync(requireGithub(env["GITHUB_PATH"]), `${folder}\n`);
    else stdout.write(`${shellLine("sh", "PATH", folder)}:"$PATH"\n`);
    stderr.write(`ballast: wrote ${path}\n`);
    return Promise.resolve(0);
  },
});

function requireGithub(path: string | undefined): string {
  if (path !== undefined && path !== "") return path;
  throw cliErrors.error("cli/argument-invalid", "--github outside of a GitHub job: GITHUB_PATH is not set");
}
