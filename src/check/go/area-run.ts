/** What the rules found so far, over packages and builds. */

import { createReport, type AreaResult } from "../area.ts";
import type { Finding, Partial } from "../finding.ts";
import type { GoPackage, GoPlace } from "./program.ts";
import type { GoRule } from "./rule.ts";

/** What a package gave, as it can be kept for a run in which nothing changed that it depends on. */
export interface PackageResult {
  readonly findings: readonly Finding[];
  readonly partial: readonly Partial[];
  /** Its files. */
  readonly paths: readonly string[];
}

export class AreaRun {
  readonly #rules: readonly GoRule[];
  readonly #findings: Finding[] = [];
  readonly #partial: Partial[] = [];
  readonly #files = new Set<string>();
  readonly #untyped = new Set<string>();
  readonly #pause = createPause();
  #depth: "syntax" | "types" = "types";

  constructor(rules: readonly GoRule[]) {
    this.#rules = rules;
  }

  addPartial(partial: readonly Partial[]): void {
    this.#partial.push(...partial);
  }

  addFindings(findings: readonly Finding[]): void {
    this.#findings.push(...findings);
  }

  add({ findings, partial, paths }: PackageResult): void {
    this.addFindings(findings);
    this.addPartial(partial);
    for (const path of paths) this.#files.add(path);
  }

  /** The lowest depth of all builds is the run's. */
  reached(depth: "syntax"): void {
    this.#depth = depth;
  }

  /** Gives way after each rule. */
  async check(pkg: GoPackage, signal: AbortSignal): Promise<PackageResult> {
    const findings: Finding[] = [];
    for (const rule of this.#rules) {
      if (rule.meta.depth === "types" && pkg.depth !== "types") continue;
      rule.check(
        pkg,
        createReport(rule.meta, (place: GoPlace) => place, findings),
      );
      signal.throwIfAborted();
      await this.#pause();
    }
    const paths = pkg.files.map(({ path }) => path);
    if (pkg.depth === "syntax") for (const path of paths) this.#untyped.add(path);
    // Partial last, since rules may leave something out.
    const result = { findings, partial: pkg.partial, paths };
    this.add(result);
    return result;
  }

  result(): AreaResult {
    const common = { findings: this.#findings, partial: this.#partial, checkedFiles: this.#files.size };
    return { ...common, depth: this.#depth, untypedFiles: [...this.#untyped] };
  }
}

/** Signals come only when the event loop turns, and other areas run at the same time on this thread. */
const turnEveryMs = 50;

function createPause(): () => Promise<void> {
  let lastMs = performance.now();
  return async () => {
    if (performance.now() - lastMs < turnEveryMs) return Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    lastMs = performance.now();
  };
}
