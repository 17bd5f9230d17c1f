/** The rules over packages with types: over those only whose result could be another than that of the last run. */

import type { KeptParts } from "../../area.ts";
import type { AreaRun, PackageResult } from "../area-run.ts";
import type { ProgramIndex, Stored } from "../program-index.ts";
import { unpackRecord, type PackedRecord } from "./record.ts";
import { makeTypedPackage, type TypedPackage, type TypedSource } from "./typed-package.ts";

export interface TypedPackages extends TypedSource {
  /** In the order of dependency. */
  readonly records: readonly PackedRecord[];
  readonly index: ProgramIndex;
  readonly kept: KeptParts | undefined;
  readonly signal: AbortSignal;
}

interface KeptPackage extends PackageResult {
  readonly stored: Stored;
}

/** The files of all packages. */
export async function checkTyped(request: TypedPackages, run: AreaRun): Promise<ReadonlySet<string>> {
  const { records, index, kept, signal } = request;
  const dependence = new Dependence();
  const files = new Set<string>();
  /** Packages whose results were kept: made only if a later one is checked, which may look at what they declare. */
  const passed: PackedRecord[] = [];
  for (const packed of records) {
    const key = dependence.keyOf(packed);
    const known = kept?.find(key) as KeptPackage | undefined;
    index.packagePaths.add(packed.path);
    if (known !== undefined) {
      run.add(known);
      index.restore(known.stored);
      kept?.keep(key, known);
      passed.push(packed);
      dependence.checked(packed, known.stored);
      for (const path of known.paths) files.add(path);
      continue;
    }
    for (const earlier of passed.splice(0)) open(earlier, request).release();
    const { pkg, release } = open(packed, request);
    const sizes = index.storeSizes();
    const result = await run.check(pkg, signal);
    const stored = index.storedSince(sizes);
    kept?.keep(key, { ...result, stored } satisfies KeptPackage);
    dependence.checked(packed, stored);
    for (const path of result.paths) files.add(path);
    release();
  }
  return files;
}

function open(packed: PackedRecord, { index, root, tree }: TypedPackages): TypedPackage {
  return makeTypedPackage(unpackRecord(packed), index, { root, tree });
}

/**
 * What a package's result depends on: its record (which has the hashes of its sources, and all that it mentions of others), what
 * the packages of the program that it imports declare and what rules said of them, and, because an interface may hold
 * any type, the types of all packages before it. Not what is inside of others' functions.
 */
class Dependence {
  readonly #below = new Map<string, string>();
  #types = "";

  keyOf(packed: PackedRecord): string {
    return hash([packed.path, packed.record, this.#imports(packed), this.#types]);
  }

  checked(packed: PackedRecord, stored: Stored): void {
    this.#below.set(packed.path, hash([packed.surface, JSON.stringify(stored), this.#imports(packed)]));
    this.#types = hash([this.#types, packed.path, packed.types]);
  }

  #imports({ path, imports }: PackedRecord): string {
    const own = path.endsWith("_test") ? [path.slice(0, -"_test".length)] : [];
    return [...imports, ...own].map((imported) => this.#below.get(imported) ?? "").join(" ");
  }
}

function hash(parts: readonly string[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const part of parts) hasher.update(`${part}\0`);
  return hasher.digest("base64");
}
