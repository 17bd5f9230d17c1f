import { defineCommand } from "../command.ts";
import { completionScript, shells } from "../completion-script.ts";
import { cliErrors } from "../errors.ts";
import { didYouMean } from "../../core/suggestion.ts";

/** `ballast completion bash|zsh|fish` */
export const command = defineCommand({
  path: ["completion"],
  summary: "Print a completion script for a shell",
  details: "The script holds the names of all commands and flags; it starts no program while you type.",
  positionals: "bash|zsh|fish",
  flags: {},
  examples: [
    { line: 'eval "$(ballast completion bash)"', remark: "In ~/.bashrc; for zsh, `completion zsh` in ~/.zshrc." },
    { line: "ballast completion fish > ~/.config/fish/completions/ballast.fish", remark: "Once, for fish." },
  ],
  run: async (context, _flags, words) => {
    const [word, extra] = words;
    if (extra !== undefined) throw cliErrors.error("cli/argument-unexpected", JSON.stringify(extra));
    const shell = shells.find((name) => name === word);
    if (shell === undefined) {
      const found = word === undefined ? "no shell is named" : `${word} is no known shell${didYouMean(word, shells)}`;
      throw cliErrors.error("cli/argument-invalid", `${found}; known are ${shells.join(", ")}`);
    }
    const { commandIndex } = await import("../generated/commands.ts");
    context.stdout.write(completionScript(shell, commandIndex));
    return 0;
  },
});
