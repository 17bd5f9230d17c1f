/** The commands of a RUN, in the shell form, the JSON form and as here-documents. */

import { goInvocationOf, withInnerCommands } from "../shell/go-invocation.ts";
import type { GoInvocation } from "../shell/go-invocation.ts";
import type { ShellCommand, ShellWord } from "../shell/shell-command.ts";
import { splitShell } from "../shell/split-shell.ts";
import type { RawInstruction } from "./dockerfile-text.ts";

export interface RunScript {
  readonly commands: readonly ShellCommand[];
  readonly gos: readonly GoInvocation[];
  readonly problem?: string;
}

/** Reads the script of a RUN of `text`. `escape` ends continued lines; `isPosix` is false after SHELL said otherwise. */
export function readRunScript(text: string, raw: RawInstruction, escape: string, isPosix: boolean): RunScript {
  if (raw.json !== undefined) return withGo(withInnerCommands([jsonCommand(raw)]));
  if (!isPosix || escape === "`") return { commands: [], gos: [], problem: "the shell of this RUN is not POSIX" };
  const script = splitShell(withoutComments(text.slice(raw.rest.start, raw.rest.end)), raw.rest.start);
  const documents = script.commands.filter(isScriptOnStandardInput);
  const inner = documents.flatMap((command) => hereDocumentCommands(text, command));
  const commands = withInnerCommands([...script.commands.filter((command) => !documents.includes(command)), ...inner]);
  return withGo(commands, script.problem);
}

function withGo(commands: readonly ShellCommand[], problem?: string): RunScript {
  const gos = commands.flatMap((command) => goInvocationOf(command) ?? []);
  return { commands, gos, ...(problem === undefined ? {} : { problem }) };
}

function jsonCommand({ json = [], rest }: RawInstruction): ShellCommand {
  const words = json.map((word): ShellWord => ({ ...word, raw: word.text, isExpanded: false }));
  return { assignments: [], words, redirections: [], before: "", after: "", depth: 0, isConditional: false, ...rest };
}

/** Docker drops comment lines between continued lines; a shell would end the command there. */
function withoutComments(script: string): string {
  return script.replace(/(\\[ \t]*\r?\n)((?:[ \t]*(?:#[^\n]*)?\r?\n)+)/g, (_, line: string, comments: string) => {
    return line + " ".repeat(comments.length);
  });
}

/** `RUN <<EOF`, or `RUN bash <<EOF`: the text is the script. */
function isScriptOnStandardInput({ words, redirections }: ShellCommand): boolean {
  const shell = words[0]?.text ?? "sh";
  const isShell = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a|z)?sh$/.test(shell);
  return isShell && words.length <= 2 && redirections.some(({ operator }) => operator.startsWith("<<"));
}

function hereDocumentCommands(text: string, { redirections, end }: ShellCommand): readonly ShellCommand[] {
  return redirections.flatMap(({ operator, target }) => {
    if (!operator.startsWith("<<") || target === "") return [];
    const at = text.indexOf(target, end);
    if (at === -1) return [];
    const isOther = /^#!(?!.*\b(?:ba|da|a|z)?sh\b)/.test(target);
    return isOther ? [] : splitShell(target, at).commands;
  });
}
