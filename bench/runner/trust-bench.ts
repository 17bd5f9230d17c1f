/**
 * What trust costs a new runner: the same build against a server that believes everybody, and against one with an access
 * policy, where each build brings a token of its own from an issuer, reads through scopes, and says in full who it is.
 */

import { writeFileSync } from "node:fs";
import { startIssuer } from "../../test/e2e/oidc-issuer.ts";
import type { BenchResult } from "../measure/result.ts";
import { type Arm, runRounds } from "../measure/rounds.ts";
import type { Bench } from "../setup/bench.ts";
import type { CacheServer } from "../setup/cache-server.ts";
import { type BuildResult, verifyHits } from "../setup/go-builds.ts";
import { newRunner, type RunnerRun } from "./runner-stage.ts";

const plain = "new runner, ballast go";
const trusted = "new runner, ballast go, with scopes, OIDC and provenance";
const hitShareMin = 0.9;

export async function benchTrust(bench: Bench): Promise<BenchResult> {
  const arms = await prepareTrust(bench);
  return {
    series: await runRounds(arms, bench.options.pairs, bench.note),
    facts: [],
    rows: [{ arm: plain }, { arm: trusted, base: plain, bar: { of: "ratio", sense: "at most", limit: 1.05 } }],
  };
}

/** Both servers filled, each by a build of its own, and warm. */
export async function prepareTrust(bench: Bench): Promise<readonly Arm[]> {
  const issuer = await startIssuer();
  bench.atEnd(() => issuer.stop());
  const policyFile = bench.work.at("access.yaml");
  writeFileSync(policyFile, policyText(issuer.url));
  const open = await bench.serve("plain", false);
  const guarded = await bench.serve("trusted", true, ["--access", policyFile]);
  // Signed anew for each build, as each job has its own: the server has never seen it.
  const runs: readonly [CacheServer, () => Promise<RunnerRun>][] = [
    [open, async () => ({ name: plain, helper: "go", server: open.url })],
    [
      guarded,
      async () => {
        const token = await issuer.sign(claims);
        return { name: trusted, helper: "go", server: guarded.url, token, env: jobEnvironment };
      },
    ],
  ];
  let digest: string | undefined;
  const arms: Arm[] = [];
  for (const [server, makeRun] of runs) {
    const { name } = await makeRun();
    bench.note(`filling the server: ${name}`);
    digest = (await buildFirst(bench, await makeRun(), digest)).digest;
    await server.settle();
    arms.push(armOf(bench, digest, makeRun, name));
  }
  for (const arm of arms) await arm.run(0);
  return arms;
}

/** The first build of all says which program all others must make. */
async function buildFirst(bench: Bench, run: RunnerRun, digest: string | undefined): Promise<BuildResult> {
  if (digest !== undefined) return newRunner({ bench, digest }, run);
  await bench.checkout.refresh();
  return bench.build({ ...run, gocache: bench.freshCache("first"), out: bench.freshOut("first") });
}

function armOf(bench: Bench, digest: string, makeRun: () => Promise<RunnerRun>, name: string): Arm {
  return {
    name,
    unit: "ms",
    async run() {
      const result = await newRunner({ bench, digest }, await makeRun());
      verifyHits(result, hitShareMin, name);
      return { value: result.wallMs, details: { ...result } };
    },
  };
}

const claims = {
  repository: "acme/app",
  ref: "refs/heads/main",
  event_name: "push",
  run_id: "100",
  actor: "alice",
  sha: "0123456789abcdef0123456789abcdef01234567",
};

/** As GitHub sets it; the scope and its ancestors come from there. */
const jobEnvironment = {
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: claims.repository,
  GITHUB_REF: claims.ref,
  GITHUB_REF_NAME: "main",
  GITHUB_EVENT_NAME: claims.event_name,
  GITHUB_SHA: claims.sha,
  GITHUB_RUN_ID: claims.run_id,
  GITHUB_JOB: "build",
  GITHUB_ACTOR: claims.actor,
  BALLAST_ANCESTORS: "merge-queue,release",
};

function policyText(issuer: string): string {
  return `
issuers:
  ci: { url: "${issuer}", audience: ballast, platform: github }
rules:
  - name: main
    when: { issuer: ci, repository: acme/app, ref: refs/heads/main, event: push }
    set: { write: main, read: [merge-queue, release], trust: trusted, quota: { bytes: 100GB, entries: 10000000, window: 1d, per: actor } }
  - name: changes
    when: { issuer: ci, repository: acme/app, event: pull_request }
    set: { write: "pr/{change}", read: [main, merge-queue], trust: internal }
  - name: operators
    when: { token: bench }
    set: { write: operator, operate: change }
`;
}
