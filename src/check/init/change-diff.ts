/** A change as a unified diff, for a person who decides on it. */

import type { Style } from "../../core/style.ts";
import type { FileChange } from "./file-change.ts";

const contextLines = 3;
/** Beyond this the lines between the first and the last difference are shown as replaced, without looking for more. */
const maxCells = 4_000_000;

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** The diff of one file, with its header. */
export function changeDiff({ path, before, after }: FileChange, style: Style): string {
  const lines = diffLines(splitLines(before ?? ""), splitLines(after));
  const header = [`--- ${before === undefined ? "/dev/null" : `a/${path}`}`, `+++ b/${path}`].map((line) =>
    style.bold(line),
  );
  const body = hunks(lines).flatMap(({ head, part }) => [style.dim(head), ...part.map((line) => paint(line, style))]);
  return `${[...header, ...body].join("\n")}\n`;
}

function paint({ mark, text }: Line, style: Style): string {
  // Text of the repository goes to a terminal: what steers one is shown, not obeyed.
  const plain = text.replace(/(?!\t)\p{Cc}/gu, "\uFFFD");
  if (mark === "+") return style.green(`+${plain}`);
  return mark === "-" ? style.red(`-${plain}`) : ` ${plain}`;
}

function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The longest common lines, between what both share at their ends. */
export function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const same = (text: string): Line => ({ mark: " ", text });
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): Line[] {
  const [rows, columns] = [before.length, after.length];
  if (rows * columns > maxCells) {
    return [...before.map((text): Line => ({ mark: "-", text })), ...after.map((text): Line => ({ mark: "+", text }))];
  }
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      const isSame = before[row] === after[column];
      const [below, right] = [lengths[(row + 1) * width + column] ?? 0, lengths[row * width + column + 1] ?? 0];
      lengths[row * width + column] = isSame
        ? (lengths[(row + 1) * width + column + 1] ?? 0) + 1
        : Math.max(below, right);
    }
  }
  return walk(before, after, lengths);
}

function walk(before: readonly string[], after: readonly string[], lengths: Uint32Array): Line[] {
  const width = after.length + 1;
  const lines: Line[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]];
    const [below, right] = [lengths[(row + 1) * width + column] ?? 0, lengths[row * width + column + 1] ?? 0];
    if (old !== undefined && old === fresh) {
      lines.push({ mark: " ", text: old });
      row += 1;
      column += 1;
    } else if (old !== undefined && (fresh === undefined || below >= right)) {
      lines.push({ mark: "-", text: old });
      row += 1;
    } else {
      lines.push({ mark: "+", text: fresh ?? "" });
      column += 1;
    }
  }
  return lines;
}

interface Hunk {
  readonly head: string;
  readonly part: readonly Line[];
}

/** The changed lines with some around them; what lies far from any change is left out. */
function hunks(lines: readonly Line[]): Hunk[] {
  const changed = lines.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  const found: Hunk[] = [];
  for (let at = 0; at < changed.length;) {
    const first = changed[at] ?? 0;
    let last = first;
    while (at < changed.length && (changed[at] ?? 0) - last <= 2 * contextLines) {
      last = changed[at] ?? last;
      at += 1;
    }
    const [start, end] = [Math.max(0, first - contextLines), Math.min(lines.length, last + contextLines + 1)];
    found.push({ head: hunkHead(lines, start, end), part: lines.slice(start, end) });
  }
  return found;
}

function hunkHead(lines: readonly Line[], start: number, end: number): string {
  const count = (part: readonly Line[], without: Line["mark"]): number =>
    part.filter(({ mark }) => mark !== without).length;
  const [above, own] = [lines.slice(0, start), lines.slice(start, end)];
  const range = (without: Line["mark"]): string => {
    const size = count(own, without);
    return `${count(above, without) + (size === 0 ? 0 : 1)},${size}`;
  };
  return `@@ -${range("+")} +${range("-")} @@`;
}
