import { cacheprogValue } from "../../build/cacheprog-value.ts";
import { appendToGithubEnv, cacheprogFlags, shellLine, shells } from "../../build/go-environment.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { requireSettings, resolveSettings, settingFlags } from "../../core/settings.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

/** `ballast env [--shell SHELL | --github]` */
export const command = defineCommand({
  path: ["env"],
  summary: "print the line that makes plain `go` use Ballast",
  details:
    "It sets GOCACHEPROG to this executable. Settings that are given as flags become flags inside the value; those of " +
    "BALLAST_* variables and ballast.yaml are found by the helper itself when Go starts it. A token is never part of the " +
    "value: it stays in its file or in BALLAST_TOKEN.",
  flags: {
    ...settingFlags(cacheSettings),
    shell: { type: "choice", choices: shells, doc: "Whose syntax to print.", defaultText: "sh" },
    github: {
      type: "boolean",
      doc: "Append to the file that GITHUB_ENV names, for the job's later steps, and print nothing.",
    },
  },
  examples: [
    { line: 'eval "$(ballast env --server http://cache:7420)"', remark: "In sh, bash or zsh." },
    { line: "ballast env --shell fish | source", remark: "In fish." },
    { line: "ballast env --shell powershell | Out-String | Invoke-Expression", remark: "In PowerShell." },
    { line: "ballast env --github", remark: "In a step of a GitHub job, for those that follow." },
  ],
  run: (context, flags) => {
    const { shell, github } = flags;
    if (github === true && shell !== undefined) {
      throw cliErrors.error("cli/argument-invalid", "--github writes a file of GitHub's own syntax; leave --shell out");
    }
    // Variables and the file are judged where they are used: this line must not depend on what they say today.
    const resolved = resolveSettings(cacheSettings, { flags, cwd: context.cwd });
    requireSettings(resolved);
    const value = cacheprogValue(cacheprogFlags(cacheSettings, resolved));
    if (github === true) {
      const path = appendToGithubEnv(context.env["GITHUB_ENV"], "GOCACHEPROG", value);
      context.stderr.write(`ballast: GOCACHEPROG was added to ${path}\n`);
      return Promise.resolve(0);
    }
    context.stdout.write(`${shellLine(shell ?? "sh", "GOCACHEPROG", value)}\n`);
    if (context.stdout.isTTY) context.stderr.write('ballast: `eval "$(ballast env)"` sets it in this shell\n');
    return Promise.resolve(0);
  },
});
