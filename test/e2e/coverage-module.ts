/** A module for measuring coverage, whose files a test changes, and the commands that are run in it. */

import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ballast, type GoFixture, type GoResult } from "./go-fixture.ts";

/** `a` has a function with three ways, `b` one function that is tested and one that is not, `c` no test. */
export const coveredFiles: Readonly<Record<string, string>> = {
  "go.mod": "module example.org/cov\n\ngo 1.24\n",
  "a/a.go":
    "package a\n\nfunc Sign(n int) int {\n\tif n < 0 {\n\t\treturn -1\n\t}\n\tif n == 0 {\n\t\treturn 0\n\t}\n\treturn 1\n}\n",
  "a/a_test.go": testOf("a", "Sign(3) != 1"),
  "b/b.go": "package b\n\nfunc One() int { return 1 }\n\nfunc Two() int {\n\treturn 2\n}\n",
  "b/b_test.go": testOf("b", "Two() != 2"),
  "c/c.go": "package c\n\nfunc Never(n int) int {\n\tn++\n\tn *= 2\n\treturn n\n}\n",
};

/** A test that fails when `condition` holds. */
export function testOf(name: string, condition: string): string {
  return `package ${name}\n\nimport "testing"\n\nfunc TestIt(t *testing.T) {\n\tif ${condition} {\n\t\tt.Fatal()\n\t}\n}\n`;
}

export interface Cause {
  readonly code: string;
  readonly places: readonly string[];
}

export interface Compared {
  readonly verdict: string;
  readonly reported: FigurePair;
  readonly corrected?: FigurePair;
  readonly causes: readonly Cause[];
  readonly isTrueFall: boolean;
  readonly changes: { readonly packages: readonly object[]; readonly functions: readonly object[] };
  readonly changedLines?: { readonly lines: number; readonly covered: number };
}

interface FigurePair {
  readonly old: { readonly covered: number; readonly statements: number };
  readonly new: { readonly covered: number; readonly statements: number };
}

export interface CoveredModule {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): void;
  remove(path: string): void;
  /** Makes all files an hour old. */
  age(): void;
  go(...args: string[]): Promise<GoResult>;
  /** `go test -coverprofile=PROFILE ARGS…` as `ballast go` runs it. */
  measure(profile: string, ...args: string[]): Promise<GoResult>;
  ballast(...args: string[]): Promise<GoResult>;
  /** With the exit status, which is not 0 for a true fall. */
  compare(old: string, later: string, ...flags: string[]): Promise<Compared & { readonly exitCode: number }>;
}

/** A module in a folder of its own, with `env` for everything that is run in it. */
export function createCoveredModule(
  fixture: GoFixture,
  name: string,
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = coveredFiles,
): CoveredModule {
  const folder = join(fixture.folder, name);
  const run = (argv: readonly string[]): Promise<GoResult> => fixture.run(argv, env, folder);
  const made: CoveredModule = {
    folder,
    write(given) {
      for (const [path, text] of Object.entries(given)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    age() {
      const past = Date.now() / 1000 - 3600;
      for (const path of new Bun.Glob("**/*").scanSync({ cwd: folder })) utimesSync(join(folder, path), past, past);
    },
    go: (...args) => run(["go", ...args]),
    measure: (profile, ...args) => run([...ballast, "go", "test", `-coverprofile=${profile}`, ...args]),
    ballast: (...args) => run([...ballast, ...args]),
    async compare(old, later, ...flags) {
      const result = await run([...ballast, "coverage", "compare", old, later, "--json", ...flags]);
      if (result.stdout === "") throw new Error(result.stderr);
      return { ...(JSON.parse(result.stdout) as Compared), exitCode: result.exitCode };
    },
  };
  made.write(files);
  return made;
}
