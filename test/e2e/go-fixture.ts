/**
 * Real Go builds that are cheap: a module of twelve small packages, and a GOCACHE that holds the standard library
 * already. The latter is made once per Go version and machine, outside the repository.
 */

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess } from "../../src/core/process.ts";

const root = new URL("../..", import.meta.url).pathname;

/** The words that start Ballast: the executable under test, or the sources. */
export const ballast: readonly string[] =
  process.env["BALLAST_TEST_EXECUTABLE"] === undefined
    ? [process.execPath, join(root, "src/cli/main.ts")]
    : [process.env["BALLAST_TEST_EXECUTABLE"]];

const packageCount = 12;

export interface GoResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

/** The packages that a `go build -x` compiled. */
export function compiledPackages(result: GoResult): string[] {
  return [...result.stderr.matchAll(/\/compile -o .* -p (\S+) /g)].map((match) => match[1] as string);
}

/** Bodies that were there before must not be changed in place; everything else is undone by `dispose`. */
export interface BorrowedCache {
  readonly path: string;
  [Symbol.dispose](): void;
}

/** A folder of its own with a module in it, removed by `dispose`. */
export interface GoFixture {
  readonly folder: string;
  readonly module: string;
  /** A new GOCACHE with the standard library in it; `isEmpty` for one with nothing. */
  newCache(name: string, isEmpty?: boolean): string;
  /** A cache as `newCache` makes it, for a moment: the next borrower gets the same files again, which costs no copy. */
  borrowCache(): BorrowedCache;
  /** The same with the standard library of another toolchain, as GOTOOLCHAIN in `env` names it. */
  newCacheOf(name: string, env: Readonly<Record<string, string>>): Promise<string>;
  /** Runs a command in the module, or in `cwd`, with a clean environment and `env` on top. */
  run(argv: readonly string[], env: Readonly<Record<string, string>>, cwd?: string): Promise<GoResult>;
  /** The binary that `go build -o PATH` made there, as a digest. */
  digest(path: string): string;
  [Symbol.dispose](): void;
}

export async function createGoFixture(): Promise<GoFixture> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-e2e-"));
  const module = join(folder, "module");
  writeModule(module);
  const warm = await warmStandardLibrary({});
  const copy = (from: string, name: string): string => {
    const path = join(folder, name);
    cpSync(from, path, { recursive: true, preserveTimestamps: true });
    return path;
  };
  return {
    folder,
    module,
    newCache(name, isEmpty = false) {
      if (!isEmpty) return copy(warm, name);
      mkdirSync(join(folder, name));
      return join(folder, name);
    },
    borrowCache: createLender(warm, (number) => copy(warm, `borrowed-${number}`)),
    newCacheOf: async (name, env) => copy(await warmStandardLibrary(env), name),
    run: (argv, env, cwd = module) => runIn(cwd, argv, env),
    digest: (path) => new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function createLender(warm: string, make: (number: number) => string): () => BorrowedCache {
  const original = new Set(readdirSync(warm, { recursive: true }) as string[]);
  const free: string[] = [];
  let made = 0;
  return () => {
    const path = free.pop() ?? make(made++);
    return {
      path,
      [Symbol.dispose]() {
        rmSync(join(path, "ballast"), { recursive: true, force: true });
        for (const name of readdirSync(path, { recursive: true }) as string[]) {
          // Forced: a folder in the list takes what follows it there along, and an upload that outlives `go` removes its own files.
          if (!original.has(name)) rmSync(join(path, name), { recursive: true, force: true });
        }
        free.push(path);
      },
    };
  };
}

const goDeadlineMs = 240_000;

async function runIn(cwd: string, argv: readonly string[], env: Readonly<Record<string, string>>): Promise<GoResult> {
  const result = await runProcess({
    argv: [...argv],
    cwd,
    env: { ...cleanEnvironment(), ...env },
    deadlineMs: goDeadlineMs,
    outputCapBytes: 1_000_000,
  });
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr, wallMs: result.durationMs };
}

/** What Go needs and nothing that a developer set: no flags, no caches, no server. */
function cleanEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "GOMODCACHE", "GOPROXY", "GOSUMDB", "XDG_CACHE_HOME"];
  const env: Record<string, string> = { GOENV: "off", GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false" };
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  return env;
}

/** Each package imports the one before it, so that a change in the first reaches all. */
function writeModule(path: string): void {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "go.mod"), "module example.org/fixture\n\ngo 1.24\n");
  for (let i = 0; i < packageCount; i++) {
    mkdirSync(join(path, `p${i}`));
    writeFileSync(join(path, `p${i}`, "p.go"), packageSource(i));
    writeFileSync(join(path, `p${i}`, "p_test.go"), testSource(i));
  }
  const last = packageCount - 1;
  const main = `package main\n\nimport (\n\t"fmt"\n\n\t"example.org/fixture/p${last}"\n)\n\nfunc main() { fmt.Println(p${last}.Sum(1)) }\n`;
  writeFileSync(join(path, "main.go"), main);
  ageFiles(path);
}

function packageSource(i: number): string {
  const imports = i === 0 ? "" : `import "example.org/fixture/p${i - 1}"\n\n`;
  const call = i === 0 ? "n" : `p${i - 1}.Sum(n)`;
  return `package p${i}\n\n${imports}// Sum adds this package's number.\nfunc Sum(n int) int { return ${call} + ${i} }\n`;
}

function testSource(i: number): string {
  return `package p${i}\n\nimport "testing"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(0) != ${(i * (i + 1)) / 2} {\n\t\tt.Fatal(Sum(0))\n\t}\n}\n`;
}

/** Go does not index files that are younger than two seconds. */
function ageFiles(path: string): void {
  const past = Date.now() / 1000 - 3600;
  for (const file of new Bun.Glob("**/*").scanSync({ cwd: path })) utimesSync(join(path, file), past, past);
}

/** Builds what the fixture needs of the standard library into a folder that later runs find again. */
async function warmStandardLibrary(env: Readonly<Record<string, string>>): Promise<string> {
  const named = await runIn(tmpdir(), ["go", "env", "GOVERSION", "GOARCH"], env);
  const version = named.stdout.trim().replace(/\s+/, "-");
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const path = join(caches, "ballast", "test-gocache", version);
  if (existsSync(path)) return path;
  const making = `${path}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  const module = mkdtempSync(join(tmpdir(), "ballast-warm-"));
  try {
    writeFileSync(join(module, "go.mod"), "module example.org/warm\n\ngo 1.24\n");
    writeFileSync(join(module, "w.go"), 'package warm\n\nimport _ "fmt"\n');
    writeFileSync(join(module, "w_test.go"), 'package warm\n\nimport "testing"\n\nfunc TestNothing(t *testing.T) {}\n');
    const made = await runIn(module, ["go", "test", "./..."], { ...env, GOCACHE: making });
    if (made.exitCode !== 0) throw new Error(`the standard library could not be built:\n${made.stderr}`);
    if (!existsSync(path)) renameSync(making, path);
  } finally {
    rmSync(module, { recursive: true, force: true });
    rmSync(making, { recursive: true, force: true });
  }
  return path;
}
