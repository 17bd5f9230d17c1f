/** The drift lab as a program, over a lab cache that later runs of the tests find again; and modules with planted faults. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ProcessResult, runProcess } from "../../src/core/process.ts";
import { type Random, shuffled } from "../../src/stats/random.ts";
import { ballast } from "./go-fixture.ts";

export interface DriftOutput {
  readonly verdict: string;
  readonly isFinding: boolean;
  readonly folder: string;
  readonly tookMs: number;
  readonly analysis: {
    readonly cells: number;
    readonly classes: number;
    readonly deciding: readonly string[];
    readonly influences: readonly {
      readonly factor: string;
      readonly changed: number;
      readonly edges: number;
      readonly interval: { readonly low: number; readonly high: number };
      readonly conditional: readonly { given: string; level: string; changed: number; edges: number }[];
    }[];
    readonly noise: readonly {
      factor: string;
      builds: number;
      classes: number;
      different: number;
      upperBound: number;
    }[];
    readonly sharedClasses: number;
    readonly cacheHidesChance: boolean;
    readonly screen: readonly { factor: string; from: string; seen: string }[];
    readonly where: readonly {
      readonly factor: string;
      readonly kind: string;
      readonly summary: string;
      readonly inputs: { readonly changes: readonly { from: string; to: string }[]; readonly changedCount: number };
      readonly programs: { readonly isCascade: boolean; readonly settings: readonly { key: string }[] };
    }[];
  };
}

/** A folder for one test file, removed by `dispose`. */
export interface DriftBench {
  readonly folder: string;
  /** TMPDIR of what is run. */
  readonly temporary: string;
  readonly env: Readonly<Record<string, string>>;
  module(name: string, files: Readonly<Record<string, string>>): string;
  run(cwd: string, ...args: string[]): Promise<ProcessResult>;
  /** With `--json`; anything but exit status 0 or 1 fails the test. */
  drift(cwd: string, ...args: string[]): Promise<DriftOutput>;
  [Symbol.dispose](): void;
}

export function createDriftBench(): DriftBench {
  const folder = mkdtempSync(join(tmpdir(), "ballast-drift-"));
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const env: Record<string, string> = { XDG_CACHE_HOME: join(caches, "ballast", "test-lab"), TMPDIR: temporary };
  for (const name of ["PATH", "HOME", "GOMODCACHE", "GOPROXY", "GOSUMDB"]) {
    if (process.env[name] !== undefined) env[name] = process.env[name];
  }
  const run: DriftBench["run"] = (cwd, ...args) =>
    runProcess({ argv: [...ballast, "lab", "drift", ...args], cwd, env, deadlineMs: 15 * 60_000 });
  let serial = 0;
  return {
    folder,
    temporary,
    env,
    run,
    module: (name, files) => {
      const path = join(folder, name);
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(path, file)), { recursive: true });
        writeFileSync(join(path, file), text);
      }
      return path;
    },
    drift: async (cwd, ...args) => {
      const result = await run(cwd, "--json", "--dir", join(folder, `raw-${serial++}`), ...args);
      if (result.exitCode !== 0 && result.exitCode !== 1) throw new Error(`${args.join(" ")}: ${result.stderr}`);
      return JSON.parse(result.stdout) as DriftOutput;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const goMod = "module example.org/planted\n\ngo 1.24\n";
const main = 'package main\n\nvar stamp = "none"\n\nfunc main() { println(stamp, extra()) }\n';
const plainFiles = { "go.mod": goMod, "main.go": main, "extra.go": "package main\n\nfunc extra() int { return 1 }\n" };

export const plainModule: Readonly<Record<string, string>> = plainFiles;
export const cgoModule: Readonly<Record<string, string>> = {
  ...plainFiles,
  "extra.go":
    "package main\n\n// #ifndef STAMP\n// #define STAMP 0\n// #endif\n// static int extra(int n) { int s = STAMP; while (n--) s += n; return s; }\n" +
    'import "C"\n\nfunc extra() int { return int(C.extra(3)) }\n',
};

const taggedModule = {
  ...plainFiles,
  "extra.go": "//go:build !special\n\npackage main\n\nfunc extra() int { return 1 }\n",
  "special.go": "//go:build special\n\npackage main\n\nfunc extra() int { return 2 }\n",
};

/** A factor that changes the binary, the module in which it does, and the flags that keep all others from it. */
interface Fault {
  readonly factor: string;
  readonly files: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  /** What the difference may be called. */
  readonly kinds: readonly string[];
}

const clean = ["-trimpath", "-buildvcs=false"];
type Files = Readonly<Record<string, string>>;
const fault = (factor: string, kinds: string, flags = clean, files: Files = plainFiles): Fault => ({
  factor,
  files,
  flags,
  kinds: kinds.split(" "),
});

/** Planted in `npm test`: nothing here compiles the standard library anew. */
export const faults: readonly Fault[] = [
  fault("workdir", "debug layout", ["-buildvcs=false"]),
  fault("commit", "module-info", ["-trimpath", "-buildvcs=true"]),
  fault("dirty", "module-info", ["-trimpath", "-buildvcs=true"]),
  fault("buildvcs", "module-info", ["-trimpath"]),
  fault("ldflags=-X main.stamp=one,-X main.stamp=three", "code layout debug"),
  fault("ldflags", "unknown debug layout code"),
  fault("-tags=,special", "code module-info", clean, taggedModule),
  fault("-gcflags=,-N", "code", clean),
  fault("cgoflags", "code debug", clean, cgoModule),
  fault("CGO_CPPFLAGS=-DSTAMP=1,-DSTAMP=2", "code debug layout", clean, cgoModule),
  fault("CGO_CFLAGS=-g -O2,-O2", "debug code", clean, cgoModule),
];

/** These compile the standard library anew: for `npm run soak`. */
export const costlyFaults: readonly Fault[] = [
  fault("goamd64", "code module-info"),
  fault("goamd64=v2,v3", "code module-info"),
  fault("trimpath", "module-info", ["-buildvcs=false"]),
  fault("cgo", "unbuildable", clean, cgoModule),
  fault("cgo", "code module-info"),
  fault("gofips140", "code module-info"),
];

/** What changes nothing in any of the modules, under any of the flags. */
const inert = [
  "tz",
  "asyncpreemptoff",
  "parallelism",
  "pgo",
  "SOURCE_DATE_EPOCH=0,1700000000",
  "LANG=C,de_DE.UTF-8",
  "HOSTNAME=one,two",
  "GOMAXPROCS=1,2",
  "USER=alice,bob",
  "TZ=UTC,America/New_York",
];

/** A trial: one fault, or none, among factors that change nothing, in an order of chance. */
export interface Trial {
  readonly fault: Fault | undefined;
  readonly factors: readonly string[];
}

export function drawTrial(random: Random, from: readonly Fault[], hasFault: boolean, others = 2): Trial {
  const drawn = hasFault ? from[random.below(from.length)] : undefined;
  // One variable cannot be varied by two factors.
  const names = (text: string): string =>
    text.replace(/=.*/, "").replace("TZ", "tz").replace("GOMAXPROCS", "parallelism");
  const mixed = shuffled(inert, random).filter(
    (text, index, all) => all.findIndex((other) => names(other) === names(text)) === index,
  );
  const beside = mixed.slice(0, others);
  return { fault: drawn, factors: shuffled(drawn === undefined ? beside : [drawn.factor, ...beside], random) };
}

/** The trial's outcome in the words of what was planted; equal to the second when it was named rightly. */
export async function runTrial(
  bench: DriftBench,
  trial: Trial,
  name: string,
): Promise<readonly [seen: unknown, planted: unknown]> {
  const { fault: planted, factors } = trial;
  const module = bench.module(name, planted?.files ?? plainModule);
  const flags = (planted?.flags ?? clean).map((flag) => `--build-flag=${flag}`);
  const words = factors.map((factor) => `--factor=${factor}`);
  const { analysis, isFinding } = await bench.drift(module, "--no-screen", "--noise", "0", ...flags, ...words);
  const named = planted === undefined ? [] : [planted.factor.replace(/=.*/, "")];
  const kind = analysis.where[0]?.kind;
  const isKind = planted === undefined ? analysis.where.length === 0 : planted.kinds.includes(kind ?? "");
  return [
    { factors, deciding: analysis.deciding, isFinding, kind: isKind ? "as planted" : kind },
    { factors, deciding: named, isFinding: false, kind: "as planted" },
  ];
}
