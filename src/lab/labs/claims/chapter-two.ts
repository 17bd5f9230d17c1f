/** Claims about GOCACHE. */

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { upperBoundOfNone } from "../../../stats/share-interval.ts";
import { formatShare } from "../../../core/human-units.ts";
import type { Claim, ClaimKit } from "./claim.ts";
import { exportsMounts } from "./cache-export.ts";
import { compiledPackages } from "./kit.ts";

const small = {
  "main.go": 'package main\n\nimport "example.org/claim/p"\n\nfunc main() { println(p.One()) }\n',
  "p/p.go": "package p\n\n// One is one, or two.\nfunc One() int { if two { return 2 }; return 1 }\n\nvar two bool\n",
  "p/p_test.go": 'package p\n\nimport "testing"\n\nfunc TestOne(t *testing.T) { if One() != 1 { t.Fatal() } }\n',
};

/** Runs of concurrent builds in rounds; with none failed of 24, a rate of 12 % would have shown with 95 %. */
const concurrent = { jobs: 6, rounds: 4 } as const;

async function concurrentBuilds(kit: ClaimKit): Promise<{ failed: number; of: number; programs: number }> {
  const digests = new Set<string>();
  let failed = 0;
  for (let round = 0; round < concurrent.rounds; round++) {
    const mark = { "p/p.go": `${small["p/p.go"]}\n// Round ${round} of ${crypto.randomUUID()}.\n` };
    const folders = Array.from({ length: concurrent.jobs }, () => kit.module({ ...small, ...mark }));
    const results = await Promise.all(
      folders.map((cwd) => kit.go(["build", "-trimpath", "-o", "program", "."], { cwd })),
    );
    failed += results.filter(({ ok }) => !ok).length;
    for (const [index, cwd] of folders.entries()) {
      if (results[index]?.ok === true) digests.add(kit.digest(join(cwd, "program")));
    }
  }
  return { failed, of: concurrent.jobs * concurrent.rounds, programs: digests.size };
}

function percentage(text: string): string {
  return /coverage: ([\d.]+%)/.exec(text)?.[1] ?? "none";
}

async function coverage(kit: ClaimKit, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout, stderr } = await kit.go(["test", "-cover", "./p"], { cwd, env });
  return percentage(stdout + stderr);
}

export const chapterTwo: readonly Claim[] = [
  {
    id: "2.1 broadcast",
    chapter: "2.1",
    claim: "GOCACHE is a write-through cache that broadcasts invalidations with Lamport timestamps",
    judge: async (kit) => {
      const { stdout } = await kit.go(["list", "-deps", "cmd/go/internal/cache"]);
      const speaks = stdout.split("\n").includes("net");
      return {
        verdict: speaks ? "depends" : "false",
        evidence: speaks
          ? "Go's cache package imports net"
          : "Go's cache package imports no network package: it is a folder of files named by hashes, with nothing to invalidate",
      };
    },
  },
  {
    id: "2.2 default folder",
    chapter: "2.2",
    claim: "By default GOCACHE is $HOME/.cache/go-build on Linux",
    judge: async (kit) => {
      const env = { GOCACHE: undefined, HOME: "/somewhere", XDG_CACHE_HOME: undefined };
      const plain = (await kit.go(["env", "GOCACHE"], { env })).stdout.trim();
      const other = (await kit.go(["env", "GOCACHE"], { env: { ...env, XDG_CACHE_HOME: "/xdg" } })).stdout.trim();
      const isSo = plain === "/somewhere/.cache/go-build";
      return {
        verdict: isSo ? "depends" : "false",
        evidence: `HOME=/somewhere: ${plain}; with XDG_CACHE_HOME=/xdg: ${other}`,
      };
    },
  },
  {
    id: "2.2 explicit",
    chapter: "2.2",
    claim: "GOCACHE must be set explicitly for two steps to share it",
    judge: async (kit) => {
      const env = { GOCACHE: undefined, XDG_CACHE_HOME: kit.folder() };
      const cwd = kit.module({ "main.go": "package main\n\nfunc main() {}\n" });
      const first = compiledPackages(await kit.go(["build", "-x", "-o", "a", "."], { cwd, env })).length;
      const second = compiledPackages(await kit.go(["build", "-x", "-o", "b", "."], { cwd, env })).length;
      return {
        verdict: first > 0 && second === 0 ? "false" : "true",
        evidence:
          "two builds with the same home and no GOCACHE: the second compiles nothing; what separates jobs is their home",
      };
    },
  },
  {
    id: "2.2 another folder",
    chapter: "2.2",
    claim: "A shared GOCACHE is enough for the next stage to reuse what was compiled",
    judge: async (kit) => {
      const mark = { "p/p.go": `${small["p/p.go"]}\n// ${crypto.randomUUID()}\n` };
      const count = async (flags: readonly string[]): Promise<number> => {
        const cwd = kit.module({ ...small, ...mark });
        return compiledPackages(await kit.go(["build", "-x", ...flags, "-o", "a", "."], { cwd })).length;
      };
      await count([]);
      const plain = await count([]);
      await count(["-trimpath"]);
      const trimmed = await count(["-trimpath"]);
      return {
        verdict: plain > 0 && trimmed === 0 ? "depends" : "true",
        evidence: `the same source in another folder compiles ${plain} packages of its own again, with -trimpath ${trimmed}`,
      };
    },
  },
  {
    id: "2.3 off",
    chapter: "2.3",
    claim: "GOCACHE=off turns the build cache off",
    judge: async (kit) => {
      const { ok, stderr } = await kit.go(["build", "-o", "a", "."], {
        cwd: kit.module(small),
        env: { GOCACHE: "off" },
      });
      const said = stderr.trim().split("\n")[0] ?? "";
      return { verdict: ok ? "true" : "outdated", evidence: ok ? "it builds" : `go ends: ${said}` };
    },
  },
  {
    id: "2.3 memory",
    chapter: "2.3",
    claim: "Without the cache all objects are made in memory",
    judge: async (kit) => {
      const env = { GOTMPDIR: kit.folder() };
      await kit.go(["build", "-a", "-work", "-o", "a", "."], {
        cwd: kit.module({ "main.go": "package main\n\nfunc main() {}\n" }),
        env,
      });
      const archives = (readdirSync(env.GOTMPDIR, { recursive: true }) as string[]).filter((name) =>
        name.endsWith(".a"),
      );
      return {
        verdict: archives.length > 0 ? "false" : "true",
        evidence: "`go build -a -work` leaves archives as files in the work folder",
      };
    },
  },
  {
    id: "2.3 environment",
    chapter: "2.3",
    claim: "Entries depend on GOOS and CGO_ENABLED",
    judge: async (kit) => {
      const cwd = kit.module({ ...small, "p/p.go": `${small["p/p.go"]}\n// ${crypto.randomUUID()}\n` });
      const ids = async (env: Readonly<Record<string, string>>): Promise<string> =>
        (await kit.go(["list", "-export", "-f", "{{.BuildID}}", "runtime"], { cwd, env })).stdout.split("/")[0] ?? "";
      const [base, other, cgo] = [
        await ids({ CGO_ENABLED: "0" }),
        await ids({ CGO_ENABLED: "0", GOOS: "windows" }),
        await ids({ CGO_ENABLED: "1" }),
      ];
      const text = `the key of runtime differs by GOOS: ${base !== other}; by CGO_ENABLED: ${base !== cgo}`;
      return { verdict: base !== other && base !== cgo ? "true" : "depends", evidence: text };
    },
  },
  {
    id: "2.3 failures",
    chapter: "2.3",
    claim: "Builds that share GOCACHE at the same time fail in about 12 % of the cases",
    judge: async (kit) => {
      const { failed, of } = await concurrentBuilds(kit);
      const bound = formatShare(upperBoundOfNone(of));
      return {
        verdict: failed === 0 ? "false" : "depends",
        evidence:
          failed === 0
            ? `0 of ${of} concurrent builds failed: less than ${bound} with 95 % confidence`
            : `${failed} of ${of} concurrent builds failed`,
      };
    },
  },
  {
    id: "2.3 reproducible",
    chapter: "2.3",
    claim: "Only without the cache are builds reproducible",
    judge: async (kit) => {
      const cwd = kit.module(small);
      const digests = new Set<string>();
      for (const env of [{}, {}, { GOCACHE: kit.folder() }]) {
        await kit.go(["build", "-trimpath", "-o", "a", "."], { cwd, env });
        digests.add(kit.digest(join(cwd, "a")));
      }
      return {
        verdict: digests.size === 1 ? "false" : "depends",
        evidence: `shared cache twice and an empty one: ${digests.size === 1 ? "the same bytes" : `${digests.size} programs`}`,
      };
    },
  },
  {
    id: "2.4 export",
    chapter: "2.4",
    claim: "--cache-to exports Go's cache, so that the next builder goes on from it",
    judge: exportsMounts,
  },
  {
    id: "2.5 cover folder",
    chapter: "2.5",
    claim: "`go test -cover` merges .cov files in $GOCACHE/cover",
    judge: async (kit) => {
      await coverage(kit, kit.module(small), {});
      const odd = readdirSync(kit.gocache).filter((name) => !/^[0-9a-f]{2}$/.test(name));
      const has = odd.includes("cover");
      return {
        verdict: has ? "true" : "false",
        evidence: has
          ? "there is such a folder"
          : "GOCACHE has folders 00 to ff and no cover; a profile is an entry like any other",
      };
    },
  },
  {
    id: "2.5 jump",
    chapter: "2.5",
    claim: "An emptied GOCACHE makes coverage jump",
    judge: async (kit) => {
      const cwd = kit.module(small);
      const warm = await coverage(kit, cwd, {});
      const empty = await coverage(kit, cwd, { GOCACHE: kit.folder() });
      return { verdict: warm === empty ? "false" : "true", evidence: `warm ${warm}, emptied ${empty}` };
    },
  },
  {
    id: "2.5 read-only",
    chapter: "2.5",
    claim: "A GOCACHE that cannot be written makes coverage wrong without an error",
    judge: async (kit) => {
      const blocked = join(kit.folder(), "file");
      writeFileSync(blocked, "");
      const { ok, stdout, stderr } = await kit.go(["test", "-cover", "./p"], {
        cwd: kit.module(small),
        env: { GOCACHE: join(blocked, "cache") },
      });
      return {
        verdict: ok ? "depends" : "false",
        evidence: ok ? `it went on: ${percentage(stdout + stderr)}` : "go ends with an error and prints no percentage",
      };
    },
  },
  {
    id: "2.5 GOTMPDIR",
    chapter: "2.5",
    claim: "GOTMPDIR moves go's work folder",
    judge: async (kit) => {
      const folder = join(kit.folder(), "work");
      mkdirSync(folder);
      const { stderr } = await kit.go(["build", "-work", "-o", "a", "."], {
        cwd: kit.module(small),
        env: { GOTMPDIR: folder },
      });
      const isThere = stderr.includes(`WORK=${folder}/`);
      return { verdict: isThere ? "true" : "false", evidence: `WORK lies below GOTMPDIR: ${isThere}` };
    },
  },
];
