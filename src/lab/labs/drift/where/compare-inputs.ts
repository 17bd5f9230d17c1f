/** What go hashed for each package, side by side: the line that differs names the cause. */

export interface InputChange {
  /** The line, in the first build and in the second; empty where there is none. */
  readonly from: string;
  readonly to: string;
  /** The packages in whose inputs this line differs, the first few of them, and how many there are. */
  readonly packages: readonly string[];
  readonly count: number;
}

export interface InputComparison {
  /** Packages whose compiled content differs, of all that were linked. */
  readonly changedPackages: readonly string[];
  readonly changedCount: number;
  readonly packages: number;
  readonly changes: readonly InputChange[];
}

type NamedInputs = ReadonlyMap<string, readonly string[]>;

const mostShown = 12;
const lineChars = 300;
/** What comes from a package that this one imports is shown there. */
const ofOthers = /^(?:import |packagefile |packagemain |packageshlib )/;

export function compareInputs(from: NamedInputs, to: NamedInputs): InputComparison {
  const [before, after] = [linkedContent(from), linkedContent(to)];
  const changed = [...before.keys()].filter((path) => after.get(path) !== before.get(path));
  const added = [...after.keys()].filter((path) => !before.has(path));
  return {
    changedPackages: [...changed, ...added].slice(0, mostShown),
    changedCount: changed.length + added.length,
    packages: before.size,
    changes: groupChanges(from, to),
  };
}

/** The link step is told the content id of every package. */
function linkedContent(inputs: NamedInputs): Map<string, string> {
  const lines = [...inputs].filter(([name]) => name.startsWith("link ")).flatMap(([, all]) => all);
  return new Map(
    lines.flatMap((line) => {
      const match = /^packagefile (\S+)=(\S+)$/.exec(line);
      return match === null ? [] : [[match[1] ?? "", match[2] ?? ""] as const];
    }),
  );
}

function groupChanges(from: NamedInputs, to: NamedInputs): InputChange[] {
  const groups = new Map<string, { from: string; to: string; packages: string[] }>();
  for (const [name, before] of from) {
    const after = to.get(name);
    if (after === undefined) continue;
    for (const [left, right] of differentLines(before.flatMap(settingsApart), after.flatMap(settingsApart))) {
      const key = JSON.stringify([left, right]);
      const group = groups.get(key) ?? { from: left.slice(0, lineChars), to: right.slice(0, lineChars), packages: [] };
      group.packages.push(name.replace(/^build /, ""));
      groups.set(key, group);
    }
  }
  const byCount = [...groups.values()].toSorted((a, b) => b.packages.length - a.packages.length);
  return byCount.slice(0, mostShown).map(({ packages, ...lines }) => ({
    ...lines,
    packages: packages.slice(0, 3),
    count: packages.length,
  }));
}

/** The module information is hashed as one quoted text; each of its lines stands for itself. */
function settingsApart(line: string): readonly string[] {
  const quoted = /^modinfo (".*")$/.exec(line)?.[1];
  if (quoted === undefined) return [line];
  try {
    return (JSON.parse(quoted) as string).split("\n").map((part) => `modinfo ${part.replaceAll("\t", " ").trim()}`);
  } catch {
    return [line]; // cut off by the reader's limit
  }
}

/** The lines that only one side has, paired in their order. */
function differentLines(before: readonly string[], after: readonly string[]): [string, string][] {
  const own = (lines: readonly string[], others: readonly string[]): string[] => {
    const known = new Set(others);
    return lines.filter((line) => !known.has(line) && !ofOthers.test(line));
  };
  const [left, right] = [own(before, after), own(after, before)];
  return Array.from({ length: Math.max(left.length, right.length) }, (_none, index): [string, string] => [
    left[index] ?? "",
    right[index] ?? "",
  ]);
}
