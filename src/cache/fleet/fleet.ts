/**
 * A node in its fleet: follows the bus, publishes what changed here, fetches bodies. Bus and store may go away at any
 * time; then the node answers from its own index and disk, takes puts, and catches up when they are back.
 */

import { BallastError } from "../../core/errors.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { Replica } from "../node/replica.ts";
import { type BodyFetcher, createBodyFetcher } from "./body-fetcher.ts";
import { createBodySharing } from "./body-sharing.ts";
import type { Bus } from "./bus.ts";
import { endUnused } from "./ending.ts";
import { type FleetCounts, zeroFleetCounts } from "./fleet-counts.ts";
import { follow } from "./follower.ts";
import { createFleetMetrics } from "./metrics.ts";
import { createOwnEchoes, type OwnEchoes } from "./own-echoes.ts";
import { createPause, type Pause } from "./pause.ts";
import { createPublisher } from "./publisher.ts";
import type { Repair } from "./repair.ts";
import type { SharedStore } from "./shared-store.ts";
import { createBackoff, createWaking, type Waking } from "./waking.ts";

export interface FleetOptions {
  readonly replica: Replica;
  readonly bus: Bus;
  readonly store: SharedStore;
  readonly storeDeadlineMs: number;
  /** Where nodes tell on which day they used what. */
  readonly uses: Bus;
  /** Entries that nobody used for so long are ended. */
  readonly maxAgeMs: number;
  /** Told of each output whose entries were removed, since nobody has its body. */
  readonly onRepair: (repair: Repair) => void;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface Fleet {
  readonly bodies: BodyFetcher;
  readonly counts: Readonly<FleetCounts>;
  /** Whether everything that was on the bus is known here, and the bus is followed. */
  isFollowing(): boolean;
  renderMetrics(): string;
  /** Publishes what it can at once, then ends. What is left waits in the index for the next start. */
  stop(): Promise<void>;
}

/** What one change may take on the bus. */
const busDeadlineMs = 5000;
const retryMs = { first: 250, most: 3000 } as const;
/** Pending changes are looked at this often even if nobody announced one. */
const idleMs = 30_000;
/** Between two passes over all entries, and how often it is looked whether one is due. */
const passMs = 86_400_000;
const lookMs = 900_000;
/** How long the end waits for what is still pending. */
const drainMs = 3000;

interface Member extends FleetOptions {
  readonly counts: FleetCounts;
  readonly pause: Pause;
  readonly signal: AbortSignal;
  readonly waking: Waking;
  readonly state: { isFollowing: boolean; hasCaughtUp: boolean };
  readonly echoes: OwnEchoes;
  readonly publish: () => Promise<void>;
}

export function joinFleet(options: FleetOptions): Fleet {
  const { replica, store, clock, log } = options;
  const stopped = new AbortController();
  const member = createMember(options, stopped.signal);
  const { counts, pause, state } = member;
  replica.onPending(() => member.waking.wake());
  const loops = Promise.all([followLoop(member), publishLoop(member), endLoop(member)]);
  const monotonicMs = (): number => clock.monotonicMs();
  return {
    bodies: createBodyFetcher({
      replica,
      store,
      counts,
      log,
      pause,
      deadlineMs: options.storeDeadlineMs,
      monotonicMs,
      onRepair: options.onRepair,
    }),
    counts,
    isFollowing: () => state.isFollowing,
    renderMetrics: createFleetMetrics(counts, () => ({
      pending: replica.pendingCount(),
      isFollowing: state.isFollowing,
      isStoreUsable: !pause.isOn(),
    })),
    async stop() {
      await drain(member);
      stopped.abort();
      await loops;
      await Promise.all([options.bus.close(), store.close()]);
    },
  };
}

function createMember(options: FleetOptions, signal: AbortSignal): Member {
  const { replica, bus, store, clock } = options;
  const counts = zeroFleetCounts();
  const pause = createPause(() => clock.monotonicMs());
  const sharing = createBodySharing({ replica, store, counts, pause, deadlineMs: options.storeDeadlineMs });
  const echoes = createOwnEchoes();
  const { onRepair } = options;
  const publisher = createPublisher({ replica, bus, sharing, counts, echoes, onRepair, deadlineMs: busDeadlineMs });
  return {
    ...options,
    counts,
    pause,
    signal,
    waking: createWaking(signal),
    state: { isFollowing: false, hasCaughtUp: false },
    echoes,
    publish: () => publisher.publishAll(),
  };
}

async function followLoop(member: Member): Promise<void> {
  const { signal, state, waking, replica, bus, counts, echoes, clock } = member;
  const backoff = createBackoff(retryMs.first, retryMs.most);
  const failures = createFailureLog(member, "the bus cannot be followed");
  const rest = createWaking(signal);
  const onCaughtUp = (): void => {
    Object.assign(state, { isFollowing: true, hasCaughtUp: true });
    backoff.reset();
    failures.over();
    waking.wake();
  };
  while (!signal.aborted) {
    try {
      await follow({ replica, bus, counts, echoes, onCaughtUp, nowMs: () => clock.nowMs() }, signal);
    } catch (cause) {
      failures.note(cause);
    }
    state.isFollowing = false;
    if (!signal.aborted) await rest.wait(backoff.nextMs());
  }
}

async function publishLoop(member: Member): Promise<void> {
  const { signal, state, waking, replica } = member;
  const backoff = createBackoff(retryMs.first, retryMs.most);
  const failures = createFailureLog(member, "changes could not be published and wait");
  const rest = createWaking(signal);
  while (!signal.aborted) {
    await waking.wait(idleMs);
    // Before that the clock may be behind what others have written.
    if (signal.aborted || !state.hasCaughtUp || replica.pendingCount() === 0) continue;
    try {
      await member.publish();
      backoff.reset();
      failures.over();
    } catch (cause) {
      failures.note(cause);
      await rest.wait(backoff.nextMs());
      waking.wake();
    }
  }
}

/** Once a day, if the others are heard; when that was last, is in the index. */
async function endLoop(member: Member): Promise<void> {
  const { signal, state, replica, clock, log } = member;
  const failures = createFailureLog(member, "what nobody uses could not be ended");
  const rest = createWaking(signal);
  const nowMs = (): number => clock.nowMs();
  const isFollowing = (): boolean => state.isFollowing && !signal.aborted;
  while (!signal.aborted) {
    // Nodes that were started together do not go through their entries together.
    await rest.wait(lookMs * (0.5 + Math.random()));
    if (!isFollowing() || nowMs() - replica.ages.passedMs() < passMs) continue;
    try {
      const report = await endUnused({ ...member, nowMs, isFollowing, busDeadlineMs });
      failures.over();
      if (report.entries + report.bodies > 0) log.info("what nobody used was ended", { ...report });
    } catch (cause) {
      failures.note(cause);
    }
  }
}

async function drain({ clock, replica, state }: Member): Promise<void> {
  const untilMs = clock.monotonicMs() + drainMs;
  while (state.isFollowing && replica.pendingCount() > 0 && clock.monotonicMs() < untilMs) await clock.sleep(20);
}

interface FailureLog {
  note(cause: unknown): void;
  over(): void;
}

/** One line when something begins to fail or fails otherwise, and one when it is over: an outage must not fill the log. */
function createFailureLog({ counts, log, signal }: Member, message: string): FailureLog {
  let told: string | undefined;
  return {
    note(cause) {
      if (signal.aborted) return;
      const code = cause instanceof BallastError ? cause.code : "";
      if (code.startsWith("fleet/store-")) counts.storeErrors += 1;
      else counts.busErrors += 1;
      if (told === code) return;
      told = code;
      log.warn(message, { cause });
    },
    over() {
      if (told !== undefined) log.info("it works again", { what: message });
      told = undefined;
    },
  };
}
