/** The packages of a program, as `go list -deps -json` tells them. */

import { relative } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { BenchFailure } from "../measure/failure.ts";

export interface GoPackage {
  readonly importPath: string;
  /** From the module's folder. */
  readonly folder: string;
  readonly goFiles: readonly string[];
  readonly imports: readonly string[];
  readonly isOfModule: boolean;
  readonly isMain: boolean;
  readonly usesCgo: boolean;
}

interface Listed {
  readonly ImportPath: string;
  readonly Dir: string;
  readonly Name: string;
  readonly GoFiles?: readonly string[];
  readonly CgoFiles?: readonly string[];
  readonly Imports?: readonly string[];
  readonly Module?: { readonly Main?: boolean };
}

const fields = "ImportPath,Dir,Name,GoFiles,CgoFiles,Imports,Module";
const limitMs = 10 * 60_000;

/** The program and all that it is built from. Downloads what is missing. */
export async function listPackages(
  checkout: string,
  target: string,
  env: Readonly<Record<string, string>>,
): Promise<GoPackage[]> {
  const argv = ["go", "list", "-deps", `-json=${fields}`, "--", target];
  const result = await runProcess({ argv, cwd: checkout, env, deadlineMs: limitMs, outputCapBytes: 100_000_000 });
  if (result.exitCode !== 0) throw new BenchFailure(`${argv.join(" ")}: ${result.stderr.slice(-3000)}`);
  return parsePackages(result.stdout, checkout);
}

/** `go list -json` writes one indented object after another. */
export function parsePackages(text: string, checkout: string): GoPackage[] {
  const listed = JSON.parse(`[${text.replace(/^\}\n\{/gm, "},{")}]`) as Listed[];
  return listed.map((one) => ({
    importPath: one.ImportPath,
    folder: relative(checkout, one.Dir),
    goFiles: one.GoFiles ?? [],
    imports: one.Imports ?? [],
    isOfModule: one.Module?.Main === true,
    isMain: one.Name === "main",
    usesCgo: (one.CgoFiles ?? []).length > 0,
  }));
}
