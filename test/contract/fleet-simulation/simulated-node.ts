/**
 * A node: the real store over real files, the real publisher, follower, sharing and fetching; only the wires are
 * simulated. It can end at any moment, lose its disk, or find an old copy of it.
 */

import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../src/core/clock.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import { type BodyFetcher, createBodyFetcher } from "../../../src/cache/fleet/body-fetcher.ts";
import { createBodySharing } from "../../../src/cache/fleet/body-sharing.ts";
import { type FleetCounts, zeroFleetCounts } from "../../../src/cache/fleet/fleet-counts.ts";
import { follow } from "../../../src/cache/fleet/follower.ts";
import { createOwnEchoes } from "../../../src/cache/fleet/own-echoes.ts";
import { createPause } from "../../../src/cache/fleet/pause.ts";
import { createPublisher } from "../../../src/cache/fleet/publisher.ts";
import { openStore } from "../../../src/cache/node/open-store.ts";
import type { Store } from "../../../src/cache/node/store.ts";
import { BallastError } from "../../../src/core/errors.ts";
import type { SimulatedBus } from "./simulated-bus.ts";
import type { SimulatedStore } from "./simulated-store.ts";
import type { Wires } from "./wires.ts";

export interface SimulatedNode {
  readonly name: string;
  readonly store: Store;
  readonly bodies: BodyFetcher;
  readonly counts: FleetCounts;
  readonly isFollowing: boolean;
  readonly isPublishing: boolean;
  /** Begins to follow, and to publish what is pending, where neither is under way. */
  drive(): void;
  /** `kill -9`: what is under way is never heard of again. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  loseDisk(): Promise<void>;
  /** Keeps a copy of the disk, or goes back to the last one. */
  backUp(): void;
  goBack(): Promise<void>;
  end(): Promise<void>;
}

export interface NodeWorld {
  readonly base: string;
  readonly clock: Clock;
  readonly wires: Wires;
  readonly bus: SimulatedBus;
  readonly shared: SimulatedStore;
  /** What must never happen inside of a loop: the simulation ends with it. */
  readonly onFailure: (cause: unknown) => void;
}

/** Small, so that collections find something to remove from the disk. */
const maxSizeBytes = 14_000;

interface Life {
  readonly store: Store;
  readonly bodies: BodyFetcher;
  readonly counts: FleetCounts;
  readonly stopped: AbortController;
  readonly publish: () => Promise<void>;
  readonly followOnce: () => Promise<void>;
  hasCaughtUp: boolean;
  isFollowing: boolean;
  isPublishing: boolean;
}

export function startNode(world: NodeWorld, name: string): SimulatedNode {
  let generation = 0;
  let folder = join(world.base, `${name} 0`);
  const backup = join(world.base, `${name} backup`);
  mkdirSync(folder, { recursive: true });
  let life = begin(world, name, folder, generation);

  async function leave(next: string, prepare: () => void): Promise<void> {
    world.wires.abandon(name);
    life.stopped.abort();
    prepare();
    await life.store.close();
    rmSync(folder, { recursive: true });
    folder = next;
    mkdirSync(folder, { recursive: true });
    life = begin(world, name, folder, generation);
  }

  const nextFolder = (): string => join(world.base, `${name} ${++generation}`);

  return {
    name,
    get store() {
      return life.store;
    },
    get bodies() {
      return life.bodies;
    },
    get counts() {
      return life.counts;
    },
    get isFollowing() {
      return life.isFollowing && life.hasCaughtUp;
    },
    get isPublishing() {
      return life.isPublishing;
    },
    drive: () => drive(world, life),
    async crash() {
      const next = nextFolder();
      // The copy is the disk as it is at this moment: what the process still does goes to the old one.
      await leave(next, () => cpSync(folder, next, { recursive: true }));
    },
    async restart() {
      world.wires.abandon(name);
      life.stopped.abort();
      await life.store.close();
      generation += 1;
      life = begin(world, name, folder, generation);
    },
    async loseDisk() {
      await leave(nextFolder(), () => undefined);
    },
    backUp() {
      rmSync(backup, { recursive: true, force: true });
      cpSync(folder, backup, { recursive: true });
    },
    async goBack() {
      if (!existsSync(backup)) return;
      const next = nextFolder();
      await leave(next, () => cpSync(backup, next, { recursive: true }));
    },
    async end() {
      world.wires.abandon(name);
      life.stopped.abort();
      await life.store.close();
    },
  };
}

function begin(world: NodeWorld, name: string, folder: string, incarnation: number): Life {
  const { clock, bus, shared } = world;
  const store = openStore({
    folder,
    maxSizeBytes,
    maxAgeMs: 1e12,
    diskSpace: () => ({ freeBytes: 1e12, totalBytes: 1e12 }),
    scrubBytesPerSecond: 0,
    lookupBytes: 10_000,
    segmentBytes: 4096,
    ownFileBytes: 64 * 1024,
    maintains: false,
    log: silentLogger,
    clock,
    fleet: { name, incarnation: String(incarnation) },
  });
  const { replica } = store;
  const caller = { node: name, incarnation };
  const counts = zeroFleetCounts();
  const monotonicMs = (): number => clock.monotonicMs();
  const pause = createPause(monotonicMs);
  const connected = bus.connect(caller, replica.source);
  const bodies = shared.connect(caller);
  const deadlineMs = 1000;
  const sharing = createBodySharing({ replica, store: bodies, counts, pause, deadlineMs });
  const echoes = createOwnEchoes();
  const onRepair = (): void => undefined;
  const publisher = createPublisher({ replica, bus: connected, sharing, counts, echoes, onRepair, deadlineMs });
  const stopped = new AbortController();
  const life: Life = {
    store,
    bodies: createBodyFetcher({
      replica,
      store: bodies,
      counts,
      log: silentLogger,
      deadlineMs,
      pause,
      monotonicMs,
      onRepair,
    }),
    counts,
    stopped,
    publish: () => publisher.publishAll(),
    followOnce: () => {
      const onCaughtUp = (): void => {
        life.hasCaughtUp = true;
      };
      return follow(
        { replica, bus: connected, counts, echoes, nowMs: () => clock.nowMs(), onCaughtUp },
        stopped.signal,
      );
    },
    hasCaughtUp: false,
    isFollowing: false,
    isPublishing: false,
  };
  return life;
}

function drive(world: NodeWorld, life: Life): void {
  if (!life.isFollowing) {
    life.isFollowing = true;
    void attempt(world, life, life.followOnce).finally(() => {
      life.isFollowing = false;
    });
  }
  if (life.isPublishing || !life.hasCaughtUp || life.store.replica.pendingCount() === 0) return;
  life.isPublishing = true;
  void attempt(world, life, life.publish).finally(() => {
    life.isPublishing = false;
  });
}

/** Bus and store may fail at any time, and a node that has ended fails in what was under way. Nothing else may. */
async function attempt(world: NodeWorld, life: Life, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (life.stopped.signal.aborted) return;
    if (cause instanceof BallastError && cause.code.startsWith("fleet/")) return;
    world.onFailure(cause);
  }
}
