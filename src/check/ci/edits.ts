/** Small edits of pipelines that leave everything else as it is written. */

import type { TextEdit } from "../finding.ts";
import type { CiPlace, CiText } from "./model.ts";

/** The start of the line of an offset. */
function lineStart(source: string, offset: number): number {
  return source.lastIndexOf("\n", offset - 1) + 1;
}

function lineEnd(source: string, offset: number): number {
  const end = source.indexOf("\n", offset);
  return end < 0 ? source.length : end + 1;
}

/** Takes out the whole lines of `place`; undefined when something else stands on them. */
export function removeLines(source: string, place: CiPlace): TextEdit | undefined {
  const start = lineStart(source, place.start);
  const end = lineEnd(source, Math.max(place.start, place.end - 1));
  const before = source.slice(start, place.start);
  const after = source.slice(place.end, end);
  if (!/^\s*$/.test(before) || !/^\s*(?:#.*)?\n?$/.test(after)) return undefined;
  return { path: place.path, start, end, text: "" };
}

/** The same for an entry of a map, when others remain in it: an empty map would mean something else. */
export function removeEntry(source: string, place: CiPlace): TextEdit | undefined {
  const edit = removeLines(source, place);
  if (edit === undefined) return undefined;
  const indent = /^ */.exec(source.slice(edit.start))?.[0] ?? "";
  const previous = source.slice(lineStart(source, edit.start - 1), edit.start);
  const next = source.slice(edit.end, lineEnd(source, edit.end));
  const isSibling = (line: string): boolean => line.startsWith(indent) && /^[\w"'$]/.test(line.slice(indent.length));
  return isSibling(previous) || isSibling(next) ? edit : undefined;
}

/** Adds `name: value` beside an entry that stands alone on its line; undefined in a flow map. */
export function addEntryAfter(source: string, place: CiPlace, line: string): TextEdit | undefined {
  const start = lineStart(source, place.start);
  const indent = /^ *(?:- )?/.exec(source.slice(start))?.[0] ?? "";
  if (!/^[\w"'-]+:/.test(source.slice(start + indent.length))) return undefined;
  // In a flow map something else stands before the entry.
  if (!/^(?:[\w"'-]+:\s*)?$/.test(source.slice(start + indent.length, place.start))) return undefined;
  const end = lineEnd(source, Math.max(place.start, place.end - 1));
  const needsBreak = source[end - 1] !== "\n";
  return { path: place.path, start: end, end, text: `${needsBreak ? "\n" : ""}${" ".repeat(indent.length)}${line}\n` };
}

/** Sets an input of an action: replaces its value, or adds it after another one, or adds `with:`. */
export function setInput(
  source: string,
  inputs: ReadonlyMap<string, CiText>,
  uses: CiPlace,
  name: string,
  value: string,
): TextEdit | undefined {
  const given = inputs.get(name);
  if (given !== undefined) return { ...given.place, text: value };
  const last = [...inputs.values()].at(-1);
  if (last !== undefined) return addEntryAfter(source, last.place, `${name}: ${value}`);
  const start = lineStart(source, uses.start);
  const indent = " ".repeat(/^ *(?:- )?/.exec(source.slice(start))?.[0].length ?? 0);
  if (!/^\s*(?:- )?uses:/.test(source.slice(start)) || /^\s*with:/.test(source.slice(lineEnd(source, uses.start)))) {
    return undefined;
  }
  const end = lineEnd(source, uses.start);
  const lead = source[end - 1] === "\n" ? "" : "\n";
  return { path: uses.path, start: end, end, text: `${lead}${indent}with:\n${indent}  ${name}: ${value}\n` };
}

/** Replaces `from` by `to` inside `place`; undefined when it does not stand there. */
export function replaceInside(source: string, place: CiPlace, from: string, to: string): TextEdit | undefined {
  const at = source.indexOf(from, place.start);
  if (at < 0 || at + from.length > place.end) return undefined;
  return { path: place.path, start: at, end: at + from.length, text: to };
}
