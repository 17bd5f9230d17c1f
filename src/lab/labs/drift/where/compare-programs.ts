/** Two programs side by side: build ids, build information, sections, functions. */

import {
  type ElfFile,
  type ElfSection,
  readElf,
  readSymbols,
  sectionBytes,
  symbolContent,
} from "../../../../go/elf/elf-file.ts";
import { goBuildId, goBuildInfo } from "../../../../go/elf/go-identity.ts";

export interface SettingChange {
  readonly key: string;
  /** `undefined`: it is not there. */
  readonly from?: string;
  readonly to?: string;
}

export interface SectionChange {
  readonly name: string;
  /** `moved`: the same bytes at another address. */
  readonly change: "added" | "removed" | "size" | "content" | "moved";
  readonly fromBytes: number;
  readonly toBytes: number;
}

export interface FunctionChanges {
  readonly total: number;
  readonly added: number;
  readonly removed: number;
  /** Functions of another length: other code was generated. */
  readonly resized: number;
  /** Functions of the same length with other bytes: operands, mostly addresses. */
  readonly rewritten: number;
  /** A few names of those that were added, removed or resized. */
  readonly examples: readonly string[];
}

export interface ProgramComparison {
  readonly isEqual: boolean;
  /** Equal but for the notes that hold the build id. */
  readonly isBuildIdOnly: boolean;
  /** Which of the four parts of the build id differ. */
  readonly buildIdParts: readonly string[];
  readonly settings: readonly SettingChange[];
  readonly sections: readonly SectionChange[];
  /** Absent where a program has no symbol table. */
  readonly functions?: FunctionChanges;
  /** Code differs in operands only, and something else moved: what moved it is the cause, not the code. */
  readonly isCascade: boolean;
}

/** Derived from the build id: a difference of it says nothing of its own. */
const idNotes = new Set([".note.go.buildid", ".note.gnu.build-id"]);

/** `undefined` where one of them is no ELF64 file. Throws `go/elf-malformed`. */
export function comparePrograms(from: Uint8Array, to: Uint8Array): ProgramComparison | undefined {
  const [a, b] = [readElf(from), readElf(to)];
  if (a === undefined || b === undefined) return undefined;
  const sections = compareSections(a, b);
  const substantial = sections.filter(({ name }) => !idNotes.has(name));
  const functions = compareFunctions(a, b);
  const settings = compareSettings(a, b);
  const isEqual = Buffer.compare(from, to) === 0;
  return {
    isEqual,
    isBuildIdOnly: !isEqual && substantial.length === 0,
    buildIdParts: compareBuildIds(a, b),
    settings,
    sections,
    ...(functions === undefined ? {} : { functions }),
    isCascade: functions !== undefined && isCascade(functions, substantial),
  };
}

function isCascade(
  { added, removed, resized, rewritten }: FunctionChanges,
  sections: readonly SectionChange[],
): boolean {
  const hasMoved = sections.some(({ change }) => change === "moved" || change === "size");
  return rewritten > 0 && added + removed + resized === 0 && hasMoved;
}

function compareBuildIds(a: ElfFile, b: ElfFile): string[] {
  const [from, to] = [goBuildId(a), goBuildId(b)];
  const parts = {
    linkAction: "link action",
    mainAction: "main action",
    mainContent: "main content",
    linkContent: "content",
  };
  return Object.entries(parts).flatMap(([key, name]) => {
    const part = key as keyof typeof parts;
    return from?.[part] === to?.[part] ? [] : [name];
  });
}

function compareSettings(a: ElfFile, b: ElfFile): SettingChange[] {
  const [from, to] = [settingsOf(a), settingsOf(b)];
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((key) => {
    const [before, after] = [from.get(key), to.get(key)];
    if (before === after) return [];
    return [{ key, ...(before === undefined ? {} : { from: before }), ...(after === undefined ? {} : { to: after }) }];
  });
}

/** The build information as one list of names and values. */
function settingsOf(file: ElfFile): ReadonlyMap<string, string> {
  const info = goBuildInfo(file);
  if (info === undefined) return new Map();
  const { goVersion, path, main, deps, settings } = info;
  return new Map([
    ["go", goVersion],
    ["path", path],
    ["mod", main === undefined ? "" : `${main.path} ${main.version}`],
    ...deps.map((dep): [string, string] => [
      `dep ${dep.replaces ?? dep.path}`,
      `${dep.path} ${dep.version} ${dep.sum}`.trim(),
    ]),
    ...settings,
  ]);
}

function compareSections(a: ElfFile, b: ElfFile): SectionChange[] {
  const [from, to] = [byName(a), byName(b)];
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((name) => {
    const [before, after] = [from.get(name), to.get(name)];
    const fromBytes = before?.sizeBytes ?? 0;
    const toBytes = after?.sizeBytes ?? 0;
    if (before === undefined || after === undefined) {
      return [{ name, change: before === undefined ? ("added" as const) : ("removed" as const), fromBytes, toBytes }];
    }
    const change = changeOf(a, before, b, after);
    return change === undefined ? [] : [{ name, change, fromBytes, toBytes }];
  });
}

function byName(file: ElfFile): Map<string, ElfSection> {
  return new Map(file.sections.filter(({ name }) => name !== "").map((section) => [section.name, section]));
}

function changeOf(a: ElfFile, from: ElfSection, b: ElfFile, to: ElfSection): SectionChange["change"] | undefined {
  const [before, after] = [sectionBytes(a, from), sectionBytes(b, to)];
  if (before.length !== after.length || (before.length === 0 && from.sizeBytes !== to.sizeBytes)) return "size";
  if (!before.equals(after)) return "content";
  return from.address === to.address ? undefined : "moved";
}

const mostExamples = 5;

function compareFunctions(a: ElfFile, b: ElfFile): FunctionChanges | undefined {
  const [from, to] = [functionsOf(a), functionsOf(b)];
  if (from.size === 0 || to.size === 0) return undefined;
  const examples: string[] = [];
  let [added, resized, rewritten] = [0, 0, 0];
  for (const [name, after] of to) {
    const before = from.get(name);
    if (before === undefined) added++;
    else if (before.length !== after.length) resized++;
    else if (!before.equals(after)) rewritten++;
    if ((before === undefined || before.length !== after.length) && examples.length < mostExamples) examples.push(name);
  }
  const gone = [...from.keys()].filter((name) => !to.has(name));
  examples.push(...gone.slice(0, mostExamples - examples.length));
  return { total: from.size, added, removed: gone.length, resized, rewritten, examples };
}

/** By name; a name that comes again has its number behind it. */
function functionsOf(file: ElfFile): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const counts = new Map<string, number>();
  for (const symbol of readSymbols(file)) {
    const content = symbol.type === 2 && symbol.sizeBytes > 0 ? symbolContent(file, symbol) : undefined;
    if (content === undefined) continue;
    const count = (counts.get(symbol.name) ?? 0) + 1;
    counts.set(symbol.name, count);
    found.set(count === 1 ? symbol.name : `${symbol.name}#${count}`, content);
  }
  return found;
}
