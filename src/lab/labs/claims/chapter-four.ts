/** Claims about drift of binaries, pipelines, alerts, Bazel and Nix. */

import { join } from "node:path";
import type { Claim, ClaimKit, Judgement } from "./claim.ts";

const program = {
  "main.go": 'package main\n\nimport "example.org/claim/p"\n\nfunc main() { println(p.Sum(3)) }\n',
  "p/p.go":
    "package p\n\n// Sum adds.\nfunc Sum(n int) int { s := 0; for i := 0; i < n; i++ { s += add(i) }; return s }\n\nfunc add(i int) int { return i + 1 }\n",
};
const off = { GODEBUG: "asyncpreemptoff=1" };
/** None different of five would be seen with a chance of one in a thousand and less if nine of ten differed. */
const builds = 5;

function unverified(evidence: string): () => Promise<Judgement> {
  return () => Promise.resolve({ verdict: "unverified", evidence });
}

async function outputs(kit: ClaimKit, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { stderr } = await kit.go(args, { cwd: kit.module(program), env });
  return stderr.replace(/\/\S*\/(?=\w+\.go)/g, "");
}

export const chapterFour: readonly Claim[] = [
  {
    id: "4.1 drift",
    chapter: "4.1",
    claim: "An empty GOCACHE together with asyncpreemptoff=1 changes the binary in more than 92 % of the builds",
    judge: async (kit) => {
      const cwd = kit.module(program);
      await kit.go(["build", "-o", "base", "."], { cwd });
      const base = kit.digest(join(cwd, "base"));
      let different = 0;
      for (let index = 0; index < builds; index++) {
        await kit.go(["build", "-o", "other", "."], { cwd, env: { ...off, GOCACHE: kit.folder() } });
        if (kit.digest(join(cwd, "other")) !== base) different++;
      }
      return {
        verdict: different === 0 ? "false" : "depends",
        evidence: `${different} of ${builds} such builds differ from one with a warm cache and no GODEBUG`,
      };
    },
  },
  {
    id: "4.1 archives",
    chapter: "4.1",
    claim: "Archives of packages carry the time at which they were made",
    judge: async (kit) => {
      const cwd = kit.module(program);
      await kit.go(["build", "-o", "one.a", "./p"], { cwd, env: { GOCACHE: kit.folder() } });
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await kit.go(["build", "-o", "two.a", "./p"], { cwd, env: { GOCACHE: kit.folder() } });
      const isSame = kit.digest(join(cwd, "one.a")) === kit.digest(join(cwd, "two.a"));
      return {
        verdict: isSame ? "false" : "true",
        evidence: `two archives, made more than a second apart, are the same: ${isSame}`,
      };
    },
  },
  {
    id: "4.1 inlining",
    chapter: "4.1",
    claim: "asyncpreemptoff=1 changes what the compiler inlines",
    judge: async (kit) => {
      const args = ["build", "-gcflags=-m", "./p"];
      const plain = await outputs(kit, args, { GOCACHE: kit.folder() });
      const without = await outputs(kit, args, { GOCACHE: kit.folder(), ...off });
      const isSame = plain === without && plain.includes("inline");
      return {
        verdict: isSame ? "false" : "depends",
        evidence: `-gcflags=-m prints the same with and without it: ${isSame}`,
      };
    },
  },
  {
    id: "4.1 symbols",
    chapter: "4.1",
    claim: "Without a cache the order of symbols depends on memory layout",
    judge: async (kit) => {
      const cwd = kit.module(program);
      const orders = new Set<string>();
      for (let index = 0; index < 2; index++) {
        await kit.go(["build", "-o", "a", "."], { cwd, env: { GOCACHE: kit.folder() } });
        orders.add((await kit.go(["tool", "nm", "-n", "a"], { cwd })).stdout);
      }
      return {
        verdict: orders.size === 1 ? "false" : "true",
        evidence: `two builds with empty caches: ${orders.size === 1 ? "the same symbols at the same addresses" : "different symbols"}`,
      };
    },
  },
  {
    id: "4.1 cache hit",
    chapter: "4.1",
    claim: "GODEBUG=asyncpreemptoff=1 makes the build cache miss",
    judge: async (kit) => {
      const cwd = kit.module({ ...program, "p/p.go": `${program["p/p.go"]}\n// ${crypto.randomUUID()}\n` });
      await kit.go(["build", "-o", "a", "."], { cwd });
      const { stderr } = await kit.go(["build", "-x", "-o", "b", "."], { cwd, env: off });
      const misses = /\/compile(?:\.exe)? -o /.test(stderr);
      return {
        verdict: misses ? "true" : "false",
        evidence: `the second build, with it, compiles nothing: ${!misses}`,
      };
    },
  },
  {
    id: "4.2 platforms",
    chapter: "4.2",
    claim: "GitHub masks secrets in logs; GitLab's variables and Jenkins's credentials have the order that is given",
    judge: unverified(
      "needs the platforms themselves, and an emulator is none; `ballast check` reads what pipelines say",
    ),
  },
  {
    id: "4.3 window",
    chapter: "4.3",
    claim: "A rate over five minutes keeps a single failure from raising an alert",
    judge: () => {
      // A job that builds once in five minutes: rate(failures[5m]) / rate(builds[5m]) with one failure.
      const [failures, all] = [1, 1];
      return Promise.resolve({
        verdict: "false",
        evidence: `with ${all} build in the window, ${failures} failure is a share of ${(100 * failures) / all} %; the number of builds decides`,
      });
    },
  },
  {
    id: "4.4 nix",
    chapter: "4.4",
    claim: "Bazel with Nixpkgs builds the same bytes everywhere",
    judge: unverified("needs Nixpkgs from the network; `ballast lab hermetic` runs what is here"),
  },
  {
    id: "4.4 buildid",
    chapter: "4.4",
    claim: "Hashes of one program can be compared between environments",
    judge: async (kit) => {
      const cwd = kit.module(program);
      await kit.go(["build", "-trimpath", "-o", "plain", "."], { cwd });
      // What rules_go links with, so that its own cache can tell programs by their content.
      await kit.go(["build", "-trimpath", "-ldflags=-buildid=redacted", "-o", "redacted", "."], { cwd });
      const isSame = kit.digest(join(cwd, "plain")) === kit.digest(join(cwd, "redacted"));
      return {
        verdict: isSame ? "true" : "false",
        evidence: `go build, and the same with the build id that Bazel's rules link with, give the same bytes: ${isSame}; compare within one system`,
      };
    },
  },
];
