/**
 * Floors and rooms: a file imports from its own room and from lower floors, and rooms on one floor do not import each
 * other. The order below is the architecture; `findFloorViolations` reads every literal import, static or dynamic.
 */

import { posix } from "node:path";
import type { ParsedFile } from "./parsed-file.ts";

/** Rooms by floor, the lowest first. */
export const floors: readonly (readonly string[])[] = [
  ["core"],
  ["go", "ci", "policy", "report", "ledger", "stats"],
  ["cache", "check", "params", "slo"],
  ["build", "server", "lab", "incident", "gitops", "fault", "review"],
  ["cli"],
];

/**
 * The same inside src/cache/. The empty name is the folder itself, where the room declares its settings; a file that
 * does work belongs in an inner room.
 */
export const cacheFloors: readonly (readonly string[])[] = [
  ["protocol", "bazel"],
  [""],
  ["local", "state", "trust"],
  ["helper", "node", "prefetch"],
  ["fleet", "inspect", "modules"],
];

/**
 * The same inside src/check/. The empty name is the folder itself: what a finding and a rule are. Models lie side by
 * side, but a pipeline's model may look at what the Go and image models say of the repository.
 */
const checkFloors: readonly (readonly string[])[] = [
  [""],
  ["shell", "yaml"],
  ["go"],
  ["image", "k8s"],
  ["ci"],
  ["rules"],
  ["generated"],
  ["engine"],
  ["init"],
];

/** Rooms whose inner rooms have an order of their own. */
const innerFloors: Readonly<Record<string, readonly (readonly string[])[]>> = {
  cache: cacheFloors,
  check: checkFloors,
};

interface Place {
  readonly room: string;
  readonly floor: number;
}

function placeIn(order: readonly (readonly string[])[], room: string): Place | undefined {
  const floor = order.findIndex((rooms) => rooms.includes(room));
  return floor < 0 ? undefined : { room, floor };
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function innerRoomOf(path: string): string {
  const [, , inner = "", ...rest] = path.split("/");
  return rest.length === 0 ? "" : inner;
}

function mayImport(from: Place, to: Place): boolean {
  return to.room === from.room || to.floor < from.floor;
}

function describe(order: readonly (readonly string[])[]): string {
  return order.map((rooms) => rooms.map((room) => room || "(the folder itself)").join(" ")).join(" < ");
}

function judge(order: readonly (readonly string[])[], folder: string, from: string, to: string): string | undefined {
  const [fromPlace, toPlace] = [placeIn(order, from), placeIn(order, to)];
  if (fromPlace === undefined) return `${folder}/${from} is no room: put it in test/conventions/floors.ts`;
  if (toPlace === undefined) return `${folder}/${to} is no room: put it in test/conventions/floors.ts`;
  if (mayImport(fromPlace, toPlace)) return undefined;
  return (
    `${from || folder} must not import ${to || folder}: move what both need to a lower floor, or hand it in from above ` +
    `(floors: ${describe(order)})`
  );
}

/** What a relative specifier in `from` names, as a path under the repository's folder. */
export function resolveImport(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(from), specifier)) : undefined;
}

function judgeImport(from: string, to: string): string | undefined {
  if (!to.startsWith("src/")) {
    // Tests use what the whole suite shares; main reads the version and the demo carries its example.
    if (from.endsWith(".test.ts") || to === "package.json" || to.startsWith("examples/")) return undefined;
    return `the product must not import ${to}: it is not part of the product`;
  }
  const [fromRoom, toRoom] = [roomOf(from), roomOf(to)];
  if (fromRoom === undefined) return `${from} lies in no room: move it into a folder of src/`;
  if (toRoom === undefined) return `${to} lies in no room: move it into a folder of src/`;
  const outer = judge(floors, "src", fromRoom, toRoom);
  const inner = innerFloors[fromRoom];
  if (outer !== undefined || inner === undefined || fromRoom !== toRoom) return outer;
  return judge(inner, `src/${fromRoom}`, innerRoomOf(from), innerRoomOf(to));
}

/** One sentence for each import that breaks the order, with the place and what to do. */
export function findFloorViolations(files: readonly ParsedFile[]): readonly string[] {
  return files.flatMap((file) =>
    file.imports.flatMap(({ specifier, line }) => {
      if (specifier === undefined) {
        return [`${file.path}:${line}: a computed import() finds no module in the executable: write literal paths`];
      }
      const target = resolveImport(file.path, specifier);
      const problem = target === undefined ? undefined : judgeImport(file.path, target);
      return problem === undefined ? [] : [`${file.path}:${line}: ${problem}`];
    }),
  );
}
