/** A new runner by way and distance, and beside it what a native build and an unpacked archive need. */

import type { Arm } from "../measure/rounds.ts";
import type { Bar, RowSpec } from "../measure/report.ts";
import { measureProcess } from "../measure/measured-process.ts";
import { verifyDigest, verifyHits } from "../setup/go-builds.ts";
import { type Distance, keepsPrograms, newRunner, peerRun, programScope, type RunnerStage } from "./runner-stage.ts";

/** What every other arm is compared with: everything local, only the linker has to run. */
export const nativeWarm = "native, warm, with link";

/**
 * Of what Go asks for, all but the index of the fresh checkout must come from the server. Where it finds the program, it
 * asks for what the linker said about each package as well, which nobody ever puts.
 */
const hitShareMin = { linked: 0.9, program: 0.6 } as const;

/** Where the program comes from: the linker here, or the server, to which another runner sent it. */
type Program = "linked" | "program";

const bars: Readonly<Record<Distance, Bar | undefined>> = {
  loopback: { of: "ratio", sense: "at most", limit: 1.45, aim: 1.3 },
  far: { of: "ratio", sense: "at most", limit: 1.5, aim: 1.35 },
  "far, 1 Gbit/s": undefined,
};

export interface ArmsWithRows {
  readonly arms: readonly Arm[];
  readonly rows: readonly RowSpec[];
}

export function newRunnerArms(stage: RunnerStage): ArmsWithRows {
  const distances: readonly Distance[] = ["loopback", "far", "far, 1 Gbit/s"];
  const own = (["program", "linked"] as const).flatMap((program) =>
    distances
      .filter((distance) => program === "program" || distance !== "far, 1 Gbit/s")
      .flatMap((distance) =>
        (["go", "cacheprog"] as const).map((helper) => ({
          arm: ownArm(stage, helper, distance, program),
          bar: bars[distance],
        })),
      ),
  );
  const peers = stage.bench.options.peers.flatMap((peer) =>
    (stage.farPeers.has(peer.name) ? (["loopback", "far"] as const) : (["loopback"] as const)).map((distance) => ({
      name: `new runner, ${peer.name}, ${distance}`,
      unit: "ms" as const,
      async run() {
        const result = await newRunner(stage, peerRun(stage, peer, distance));
        return { value: result.wallMs, details: { ...result } };
      },
    })),
  );
  return {
    arms: [nativeArm(stage), ...own.map(({ arm }) => arm), ...peers],
    rows: [
      { arm: nativeWarm },
      ...own.map(({ arm, bar }) => ({ arm: arm.name, base: nativeWarm, bar })),
      ...peers.map(({ name }) => ({ arm: name, base: nativeWarm })),
    ],
  };
}

function ownArm(stage: RunnerStage, helper: "go" | "cacheprog", distance: Distance, program: Program): Arm {
  const name = `new runner, ${helper === "go" ? "ballast go" : helper}, ${distance}${program === "linked" ? ", linked anew" : ""}`;
  const scope = program === "program" ? programScope : "main";
  return {
    name,
    unit: "ms",
    async run() {
      const result = await newRunner(stage, { name, helper, scope, server: stage.urls[distance], env: keepsPrograms });
      verifyHits(result, hitShareMin[program], name);
      return { value: result.wallMs, details: { ...result } };
    },
  };
}

function nativeArm({ bench, nativeCache, digest }: RunnerStage): Arm {
  return {
    name: nativeWarm,
    unit: "ms",
    async run() {
      const out = bench.freshOut("native");
      await bench.checkout.restore();
      await bench.sync();
      const result = await bench.build({ helper: "native", gocache: nativeCache, out });
      verifyDigest(result, digest, nativeWarm);
      return { value: result.wallMs, details: { ...result } };
    },
  };
}

export const unpackAndBuild = "new runner, GOCACHE as tar and zstd";

/** The archive is on this machine already: the time to download it comes on top. */
export async function archiveArm(stage: RunnerStage): Promise<Arm> {
  const { bench, nativeCache, digest } = stage;
  const archive = bench.work.at("gocache.tar.zst");
  const logFile = bench.work.at("logs", "tar.log");
  const env = { PATH: process.env["PATH"] ?? "" };
  const pack = 'tar -C "$1" -cf - . | zstd -q -3 -o "$2"';
  await measureProcess({ argv: ["sh", "-ec", pack, "sh", nativeCache, archive], cwd: "/", env, logFile });
  return {
    name: unpackAndBuild,
    unit: "ms",
    async run() {
      const gocache = bench.freshCache("new");
      const out = bench.freshOut("new");
      await bench.checkout.refresh();
      await bench.sync();
      const unpack = 'zstd -q -dc "$1" | tar -C "$2" -xf -';
      const unpacked = await measureProcess({
        argv: ["sh", "-ec", unpack, "sh", archive, gocache],
        cwd: "/",
        env,
        logFile,
      });
      const built = await bench.build({ helper: "native", gocache, out });
      verifyDigest(built, digest, unpackAndBuild);
      const archiveBytes = Bun.file(archive).size;
      const value = unpacked.wallMs + built.wallMs;
      return { value, details: { unpackMs: unpacked.wallMs, buildMs: built.wallMs, archiveBytes } };
    },
  };
}
