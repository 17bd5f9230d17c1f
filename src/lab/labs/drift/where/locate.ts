/** Where two builds differ: from the build id down to functions, and what of it is the cause. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readNamedHashInputs } from "../../../../go/hash-inputs.ts";
import type { Bench } from "../../../bench.ts";
import type { Builder, Levels } from "../build.ts";
import { compareInputs, type InputComparison } from "./compare-inputs.ts";
import { comparePrograms, type ProgramComparison } from "./compare-programs.ts";

/** What kind of difference it is, the deepest that was found. */
export type DifferenceKind =
  | "equal"
  | "build-id"
  | "module-info"
  | "debug"
  | "layout"
  | "code"
  | "unbuildable"
  | "unknown";

export interface Location {
  readonly kind: DifferenceKind;
  /** One or two sentences. */
  readonly summary: string;
  readonly programs?: ProgramComparison;
  readonly inputs?: InputComparison;
}

/** Builds both once more, with what go hashes written down, and compares. */
export async function locateDifference(bench: Bench, builder: Builder, from: Levels, to: Levels): Promise<Location> {
  const own = `${builder.folder}/`;
  using folder = bench.folder("where");
  const sides = [];
  for (const [index, levels] of [from, to].entries()) {
    const path = join(folder.path, `program-${index}`);
    const result = await builder.buildTo(path, levels, "gocachehash=1");
    if (result.exitCode !== 0) return { kind: "unbuildable", summary: unbuildable(result.stderr, own) };
    sides.push({ bytes: readFileSync(path), inputs: readNamedHashInputs(result.stderr.replaceAll(own, "")) });
  }
  const [a, b] = sides;
  if (a === undefined || b === undefined) return { kind: "unknown", summary: "Nothing was built." };
  return describe(comparePrograms(a.bytes, b.bytes), compareInputs(a.inputs, b.inputs));
}

/** Go's own last words; lines of hash inputs are none. */
function unbuildable(said: string, ownFolder: string): string {
  const lines = said.split("\n").filter((line) => line !== "" && !line.startsWith("HASH"));
  return `One of the two does not build: ${(lines.at(-1) ?? "").replaceAll(ownFolder, "").slice(0, 300)}`;
}

const notElf = "These are no ELF64 files: only whole files were compared.";

function describe(programs: ProgramComparison | undefined, inputs: InputComparison): Location {
  if (programs === undefined) return { kind: "unknown", summary: notElf, inputs };
  const kind = kindOf(programs);
  return { kind, summary: summaryOf(kind, programs, inputs), programs, inputs };
}

/** Compares two programs without what go said of them. */
export function locateInPrograms(from: Uint8Array, to: Uint8Array): Location {
  return describe(comparePrograms(from, to), { changedPackages: [], changedCount: 0, packages: 0, changes: [] });
}

function kindOf({
  isEqual,
  isBuildIdOnly,
  functions,
  sections,
  settings,
  isCascade,
}: ProgramComparison): DifferenceKind {
  if (isEqual) return "equal";
  if (isBuildIdOnly) return "build-id";
  const touchesCode = functions !== undefined && functions.resized + functions.added + functions.removed > 0;
  if (touchesCode) return "code";
  if (settings.length > 0) return "module-info";
  if (isCascade) return "layout";
  const isOfCode = sections.some(({ name, change }) => name === ".text" && change !== "moved");
  return isOfCode ? "code" : "debug";
}

function summaryOf(kind: DifferenceKind, programs: ProgramComparison, inputs: InputComparison): string {
  return [mainSentence(kind, programs), cascadeSentence(programs), packageSentence(inputs)]
    .filter((text) => text !== "")
    .join(" ");
}

function mainSentence(kind: DifferenceKind, { settings, sections, functions }: ProgramComparison): string {
  // The build id follows from the rest.
  const own = sections.filter(({ name, change }) => change !== "moved" && !name.startsWith(".note."));
  const changedSections = own.map(({ name }) => name);
  switch (kind) {
    case "equal":
      return "The two are equal when built again: chance, or a cache, decides.";
    case "build-id":
      return "Only the build id differs: the program is the same.";
    case "module-info": {
      const keys = settings.map(({ key }) => key).join(", ");
      return `The module information in the binary differs (${keys}); no function has another length.`;
    }
    case "code": {
      const { resized = 0, added = 0, removed = 0, total = 0 } = functions ?? {};
      return `Other code: of ${total} functions ${resized} have another length, ${added} are new and ${removed} are gone.`;
    }
    case "layout":
      return `No function has another length; what differs is ${changedSections.join(", ")}.`;
    case "debug":
      return `The code is the same; what differs is ${changedSections.join(", ")}.`;
    case "unbuildable":
    case "unknown":
      return "";
  }
}

function cascadeSentence({ isCascade, functions }: ProgramComparison): string {
  if (!isCascade || functions === undefined) return "";
  return `${functions.rewritten} of ${functions.total} functions differ only in operands: addresses moved, and .text is not the cause.`;
}

function packageSentence({ changedCount, packages, changes }: InputComparison): string {
  const [first] = changes;
  const share = packages === 0 ? "" : `${changedCount} of ${packages} packages were compiled to something else.`;
  if (first === undefined) return share;
  const place = first.count === 1 ? first.packages.join() : `${first.count} packages`;
  return `${share} Go hashed ${JSON.stringify(first.from)} against ${JSON.stringify(first.to)} for ${place}.`;
}
