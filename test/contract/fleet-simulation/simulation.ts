/**
 * Some nodes, a bus and a store; builds that put and look up, purges, and everything that can go wrong. One step is one
 * thing that happens: a put, a lookup, an answer of the bus, a crash. What is checked, always: whatever a lookup gives
 * has the hash that it should have, was put by somebody under this action, and was not taken back as this node knows;
 * the bus is told of no body before the store has it; no incarnation writes below what it found. And when things are
 * quiet again: all nodes, and one that was not there before, hold the same.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeBody } from "../../../src/cache/node/encoded-body.ts";
import type { FoundRow, Store } from "../../../src/cache/node/store.ts";
import { decodeSlot } from "../../../src/cache/fleet/change.ts";
import { hasCode } from "../../../src/core/errors.ts";
import { createManualClock, type ManualClock } from "../../../src/core/clock.ts";
import { bodyOf, context, entryOf, packageBody, sha256 } from "../store-fixture.ts";
import { type Chance, createChance } from "./chance.ts";
import { createSimulatedBus, type SimulatedBus } from "./simulated-bus.ts";
import { type SimulatedNode, startNode } from "./simulated-node.ts";
import { createSimulatedStore, type SimulatedStore } from "./simulated-store.ts";
import { createWires, type Wires } from "./wires.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly steps: number;
  readonly nodes?: number;
}

export interface SimulationReport {
  readonly steps: number;
  readonly quietings: number;
  readonly hits: number;
  readonly puts: number;
  readonly conflicts: number;
  readonly fetched: number;
  readonly crashes: number;
}

const scopes = ["main", "pr/1"] as const;
const actions = Array.from({ length: 10 }, (_, at) => `action ${at}`);
const runs = Array.from({ length: 8 }, (_, at) => `run ${at}`);
const bodies = [
  ...["a", "b", "c", "d", "e", "f"].map((name) => packageBody(name)),
  ...["x", "y", "z"].map((name, at) => bodyOf(name, 100 + 400 * at)),
];
/** Steps between two times of quiet. */
const quietEvery = 1000;
const quietStepsMax = 8000;

interface World {
  readonly chance: Chance;
  readonly clock: ManualClock;
  readonly wires: Wires;
  readonly bus: SimulatedBus;
  readonly shared: SimulatedStore;
  readonly nodes: SimulatedNode[];
  readonly base: string;
  /** What was ever put: `scope action output`. */
  readonly put: Set<string>;
  readonly counts: { steps: number; quietings: number; hits: number; puts: number; crashes: number };
  failure: Error | undefined;
  names: number;
}

/** Throws what went wrong, with the seed that repeats it. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const world = createWorld(options);
  try {
    while (world.counts.steps < options.steps) {
      setWeather(world);
      for (let step = 0; step < quietEvery; step++) await oneStep(world);
      await quieten(world);
    }
    const sum = (value: (node: SimulatedNode) => number): number =>
      world.nodes.reduce((total, node) => total + value(node), 0);
    return {
      ...world.counts,
      conflicts: sum(({ store }) => store.counts.conflicts),
      fetched: sum(({ counts }) => counts.fetchedBodies),
    };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`seed ${options.seed}, after ${world.counts.steps} steps: ${what}`, { cause });
  } finally {
    for (const node of world.nodes) await node.end();
    rmSync(world.base, { recursive: true, force: true });
  }
}

function createWorld({ seed, nodes = 3 }: SimulationOptions): World {
  const chance = createChance(seed);
  const wires = createWires(chance);
  const shared = createSimulatedStore(chance, wires);
  const world: World = {
    chance,
    clock: createManualClock(1_790_000_000_000),
    wires,
    shared,
    bus: createSimulatedBus(chance, wires, { onSlot: (value) => requireBodies(shared, value) }),
    nodes: [],
    base: mkdtempSync(join(tmpdir(), "ballast-fleet-")),
    put: new Set(),
    counts: { steps: 0, quietings: 0, hits: 0, puts: 0, crashes: 0 },
    failure: undefined,
    names: 0,
  };
  for (let at = 0; at < nodes; at++) world.nodes.push(addNode(world));
  return world;
}

function addNode(world: World): SimulatedNode {
  const { base, wires, bus, shared, clock } = world;
  const skewMs = world.chance.below(7_200_000) - 3_600_000;
  const skewed = { ...clock, nowMs: () => clock.nowMs() + skewMs };
  const onFailure = (cause: unknown): void => {
    world.failure ??= errorOf(cause);
  };
  return startNode({ base, clock: skewed, wires, bus, shared, onFailure }, `node-${world.names++}`);
}

/** Blob first, then entry. */
function requireBodies(shared: SimulatedStore, value: Uint8Array): void {
  for (const { output } of decodeSlot(value).state.candidates) {
    if (!shared.has(output) && !shared.lost.has(output)) throw new Error(`the bus heard of ${output} before the store`);
  }
}

/** How bad it is until the next quiet time. */
function setWeather({ chance, wires, bus, shared }: World): void {
  wires.lossOneIn = chance.of([0, 5, 20, 100]);
  bus.repeatOneIn = chance.of([0, 3, 10]);
  shared.damageOneIn = chance.of([0, 4, 20]);
}

type Action = (world: World) => Promise<void> | void;

const happenings: readonly (readonly [weight: number, act: Action])[] = [
  [400, (world) => void world.wires.step()],
  [90, put],
  [110, lookUp],
  [90, (world) => world.chance.of(world.nodes).drive()],
  [6, remove],
  [3, purgeRun],
  [1, purgeScope],
  [4, collect],
  [6, cut],
  [3, (world) => world.wires.mend()],
  [3, (world) => world.clock.advance(world.chance.below(2000))],
  [1, crash],
];
const weightSum = happenings.reduce((sum, [weight]) => sum + weight, 0);

async function oneStep(world: World): Promise<void> {
  world.counts.steps += 1;
  let left = world.chance.below(weightSum);
  const chosen = happenings.find(([weight]) => (left -= weight) < 0);
  await chosen?.[1](world);
  await settle(world);
}

/** Lets everything run that does not wait for the wires. */
async function settle(world: World): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  if (world.failure !== undefined) throw world.failure;
}

async function put({ chance, nodes, put: known, counts }: World): Promise<void> {
  const { store } = chance.of(nodes);
  const [scope, action, body, run] = [chance.of(scopes), chance.of(actions), chance.of(bodies), chance.of(runs)];
  const timeNs = BigInt(1_790_000_000 + chance.below(1000)) * 1_000_000_000n;
  const view = store.view(context(scope, { provenance: { run } }));
  const entry = entryOf(action, body, { timeNs });
  known.add(`${scope} ${action} ${hex(entry.output)}`);
  counts.puts += 1;
  try {
    await store.put(view, entry);
  } catch (cause) {
    if (!hasCode(cause, "node/purged")) throw cause;
    if (!isKeptOut(store, run)) throw new Error(`${run} was refused and is not purged`, { cause });
  }
}

/** Not waited for: a body that is elsewhere comes when the wires bring it. */
function lookUp(world: World): void {
  const { chance, nodes } = world;
  const node = chance.of(nodes);
  const [scope, action] = [chance.of(scopes), chance.of(actions)];
  lookUpOne(world, node, scope, action).catch((cause: unknown) => {
    world.failure ??= errorOf(cause);
  });
}

/** What a server does; false for a miss. */
async function lookUpOne(world: World, node: SimulatedNode, scope: string, action: string): Promise<boolean> {
  const { store } = node;
  const view = store.view(context(scope, { ancestors: scope === "main" ? [] : ["main"] }));
  const row = store.find(view, sha256(action));
  if (row === undefined) return false;
  if (serve(world, store, row, scope, action)) return true;
  if (!(await node.bodies.fetch(hex(row.output), row.sizeBytes)) || node.store !== store) return false;
  const now = store.find(view, sha256(action));
  return now !== undefined && serve(world, store, now, scope, action);
}

/** What would be sent to the client, checked; false when the body is not on this disk. */
function serve(world: World, store: Store, row: FoundRow, scope: string, action: string): boolean {
  const bytes = store.read(row);
  if (bytes === undefined) return false;
  const raw = decodeBody(bytes, row.codec, row.sizeBytes);
  const output = hex(row.output);
  if (hex(sha256(raw)) !== output) throw new Error(`${action} was served with bytes of another hash`);
  const isKnown = [scope, "main"].some((each) => world.put.has(`${each} ${action} ${output}`));
  if (!isKnown) throw new Error(`${action} was served with what nobody put there`);
  const provenance = store.purges().length === 0 ? undefined : provenanceOf(store, row, action);
  if (provenance !== undefined && isKeptOut(store, provenance)) {
    throw new Error(`${action} was served from ${provenance}, which is purged here`);
  }
  world.counts.hits += 1;
  return true;
}

/** The run that the served entry came from. */
function provenanceOf(store: Store, row: FoundRow, action: string): string | undefined {
  for (const scope of scopes) {
    const current = stateOf(store, scope, action)?.candidates[0];
    if (current?.output !== hex(row.output)) continue;
    const { run } = JSON.parse(current.provenance) as { run: string };
    // Both scopes may hold this output; then it is not known which of them was served.
    const other = scopes.find((each) => each !== scope);
    const beside = other === undefined ? undefined : stateOf(store, other, action)?.candidates[0];
    return beside?.output === current.output ? undefined : run;
  }
  return undefined;
}

function stateOf(store: Store, scope: string, action: string): ReturnType<Store["replica"]["state"]> {
  const { partitionKeys } = store.view(context(scope));
  return store.replica.state({ action: sha256(action), partition: partitionKeys[0], scope });
}

function isKeptOut(store: Store, run: string): boolean {
  return store.purges().some(({ match, keepsOut }) => keepsOut && match.provenance?.["run"] === run);
}

async function remove({ chance, nodes }: World): Promise<void> {
  await chance.of(nodes).store.purge({ action: hex(sha256(chance.of(actions))), scope: chance.of(scopes) });
}

async function purgeRun({ chance, nodes }: World): Promise<void> {
  // Few runs are purged, and for an hour: otherwise nothing would be left to put.
  const run = chance.of(runs.slice(0, 3));
  await chance.of(nodes).store.purge({ provenance: { run }, standsMs: 3_600_000 * 5 });
}

async function purgeScope({ chance, nodes }: World): Promise<void> {
  await chance.of(nodes).store.purge({ scope: chance.of(scopes) });
}

async function collect({ chance, nodes }: World): Promise<void> {
  await chance.of(nodes).store.gc();
}

function cut({ chance, nodes, wires }: World): void {
  wires.cut(chance.of(nodes).name, chance.of(["bus", "bus", "store"]));
}

async function crash(world: World): Promise<void> {
  const { chance, nodes, bus, shared } = world;
  const node = chance.of(nodes);
  world.counts.crashes += 1;
  switch (chance.below(12)) {
    case 0:
      return node.loseDisk();
    case 1:
      return node.backUp();
    case 2:
      return node.goBack();
    case 3:
      return node.restart();
    case 4:
      return chance.isOneIn(3) ? bus.wipe() : undefined;
    case 5:
      return shared.loseOne();
    default:
      return node.crash();
  }
}

/** All is mended and no build runs: everybody must come to the same. */
async function quieten(world: World): Promise<void> {
  const { wires, bus, shared, nodes, counts } = world;
  wires.mend();
  wires.lossOneIn = 0;
  bus.repeatOneIn = 0;
  shared.damageOneIn = 0;
  counts.quietings += 1;
  await untilQuiet(world);
  await requireServable(world);
  // Removing what has no body is a change again.
  await untilQuiet(world);
  const late = addNode(world);
  nodes.push(late);
  try {
    await untilQuiet(world);
    await requireEqual(world);
  } finally {
    nodes.pop();
    await late.end();
  }
}

async function answerOne(world: World): Promise<void> {
  world.counts.steps += 1;
  world.clock.advance(1000);
  world.wires.step();
  await settle(world);
}

async function untilQuiet(world: World): Promise<void> {
  for (let step = 0; step < quietStepsMax; step++) {
    if (step % 10 === 0) for (const node of world.nodes) node.drive();
    await answerOne(world);
    if (step % 20 === 19 && isQuiet(world)) return;
  }
  throw new Error(`not quiet after ${quietStepsMax} steps`);
}

function isQuiet({ nodes, bus, wires }: World): boolean {
  return (
    // Followers always have one question under way.
    wires.underWay <= nodes.length &&
    nodes.every(({ store, isFollowing, isPublishing }) => {
      const position = JSON.parse(store.replica.position() ?? '{"revision":-1}') as { revision: number };
      return isFollowing && !isPublishing && store.replica.pendingCount() === 0 && position.revision === bus.revision;
    })
  );
}

async function requireEqual({ nodes }: World): Promise<void> {
  const [first, ...others] = nodes as [SimulatedNode, ...SimulatedNode[]];
  const expected = await first.store.digest();
  for (const node of others) {
    const found = await node.store.digest();
    const differing = found.flatMap((shard, at) => (Bun.deepEquals(shard, expected[at]) ? [] : [at]));
    if (differing.length === 0) continue;
    throw new Error(`${first.name} and ${node.name} differ: ${describe(first, node)} (shards ${differing.join()})`);
  }
}

function describe(a: SimulatedNode, b: SimulatedNode): string {
  for (const scope of scopes) {
    for (const action of actions) {
      const [left, right] = [stateOf(a.store, scope, action), stateOf(b.store, scope, action)];
      const text = (state: typeof left): string =>
        JSON.stringify(state, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
      if (!Bun.deepEquals(left?.candidates ?? [], right?.candidates ?? [])) {
        return `${action} in ${scope}: ${text(left)} and ${text(right)}`;
      }
    }
  }
  return "only in the digest";
}

/** An entry never points to nothing: each is served, or removed because its body was lost for good. */
async function requireServable(world: World): Promise<void> {
  const { nodes, shared } = world;
  for (const node of nodes) {
    for (const scope of scopes) {
      for (const action of actions) {
        // As a lookup goes: a branch may be served from main, and then it is that body which counts.
        const ancestors = scope === "main" ? [] : ["main"];
        const output = node.store.find(node.store.view(context(scope, { ancestors })), sha256(action))?.output;
        if (output === undefined) continue;
        const answer = lookUpOne(world, node, scope, action);
        let isServed: boolean | undefined;
        void answer.then((served) => {
          isServed = served;
        });
        await Promise.resolve();
        for (let step = 0; isServed === undefined && step < 1000; step++) await answerOne(world);
        if (isServed !== true && !shared.lost.has(hex(output))) {
          throw new Error(`${node.name} cannot serve ${action} in ${scope}, and its body was never lost`);
        }
      }
    }
  }
}

function errorOf(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
