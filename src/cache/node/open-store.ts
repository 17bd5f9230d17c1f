import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { hasCode } from "../../core/errors.ts";
import { classifyBody } from "../../go/body-kind.ts";
import { type Codec, codec, type EntryHead, type WireEntry } from "../protocol/entry.ts";
import { createAbsenceSets } from "./absence-sets.ts";
import { type BodyReceiver, createBodyReceiver } from "./body-receiver.ts";
import { writeBackup } from "./backup/write-backup.ts";
import { openDiskBodyStore } from "./disk/disk-body-store.ts";
import { recordHeadBytes } from "./disk/record.ts";
import { verifyBody } from "./encoded-body.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { createDigestSums, readDigest } from "./digest.ts";
import { findSuspects, readHorizon } from "./horizon.ts";
import { openIndex, type OpenedIndex } from "./index/index-file.ts";
import { namesTables, openNames } from "./index/names.ts";
import { prepareRows } from "./index/rows.ts";
import { readTotals } from "./index/totals.ts";
import { listEntries } from "./listing.ts";
import { findEntry, findOutput, readBody } from "./lookup.ts";
import { createMaintenance } from "./maintenance.ts";
import { createManifests } from "./manifests.ts";
import { openReplica } from "./open-replica.ts";
import { loadPurges } from "./purges.ts";
import { createPutQueue, type PutQueue } from "./put-queue.ts";
import { createRemovals } from "./removals.ts";
import { formToKeep } from "./recompression.ts";
import { damageOf, openFailure } from "./index-damage.ts";
import { markEnded, markRunning, readLastEnd } from "./running-marker.ts";
import type { PutResult, Store } from "./store.ts";
import { parsePairKey, type StoreOptions, type StoreState, zeroCounts } from "./store-state.ts";
import { readStats } from "./stats.ts";
import { createUseRecorder } from "./run-uses.ts";
import { createScopeTrust } from "./scope-trust.ts";
import { survey } from "./survey.ts";
import { exportScope } from "./transfer/export-scope.ts";
import { createIndexMemory } from "./table/index-memory.ts";
import { importEntries } from "./transfer/import-entries.ts";
import { createUseMarks } from "./use-marks.ts";
import { verifyAll } from "./verification.ts";
import { createView, type View } from "./view.ts";

/**
 * Opens the node's store in a folder, empty or not. A damaged index means an empty cache and a logged reason, not a
 * failure. Throws `node/folder-in-use`, `node/folder-unusable`, `node/data-too-new`.
 */
export function openStore(options: StoreOptions): Store {
  const lock = lockFolder(options.folder);
  try {
    return storeOver(openState(options), lock);
  } catch (cause) {
    lock.release();
    throw openFailure(cause, options.folder);
  }
}

function openState(options: StoreOptions): StoreState {
  const end = readLastEnd(options.folder);
  markRunning(options.folder);
  const opened = openCleanIndex(options, end.kind === "damaged" ? end.reason : undefined, end.kind !== "clean");
  const { db } = opened;
  const totals = readTotals(db, recordHeadBytes);
  const memory = createIndexMemory(prepareRows(db), {
    limitBytes: options.lookupBytes,
    pairs: [...totals.pairs.keys()].map(parsePairKey),
    store: {
      get isClosed() {
        return state.isClosed;
      },
    },
  });
  const { rows } = memory;
  const sources = openNames(db, namesTables.sources);
  // A new incarnation at each start: whoever lost its disk, or had it copied, is somebody else.
  const sourceName = `${options.fleet?.name ?? hostname()} ${options.fleet?.incarnation ?? crypto.randomUUID()}`;
  const scopes = openNames(db, namesTables.scopes);
  const provenances = openNames(db, namesTables.provenances);
  const state: StoreState = {
    options,
    db,
    rows,
    bodies: openDiskBodyStore({ ...options, live: totals.segments, ownFileBytes: totals.ownFileBytes }),
    scopes,
    partitions: openNames(db, namesTables.partitions),
    provenances,
    sources,
    sourceName,
    isFleet: options.fleet !== undefined,
    purges: [],
    unswept: new Map(),
    digest: createDigestSums(),
    removals: createRemovals({ db, options }),
    onPending: [],
    onPurge: [],
    hasCandidates: rows.hasCandidates(),
    scopeTrust: createScopeTrust({ db, options, provenances, scopes }),
    onComparison: [],
    counts: zeroCounts(),
    totals: {
      entries: totals.entries,
      outputs: totals.outputs,
      rawBytes: totals.rawBytes,
      storedBytes: totals.storedBytes,
    },
    pairs: totals.pairs,
    memory,
    suspects: new Set(),
    wasUnclean: end.kind !== "clean",
    onEntry: [],
    nextOutputId: Math.max(totals.lastOutputId, readHorizon(rows)) + 1,
    lamport: Number(rows.meta("lamport") ?? 0),
    source: sources.intern(sourceName),
    isDirty: true,
    isClosed: false,
    damage: undefined,
  };
  loadPurges(state);
  if (end.kind !== "clean") findSuspects(state);
  return state;
}

function openCleanIndex(options: StoreOptions, damage: string | undefined, isSuspect: boolean): OpenedIndex {
  const path = join(options.folder, "index.sqlite");
  if (damage !== undefined) for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  const opened = openIndex(path, isSuspect);
  const reason = damage ?? opened.resetReason;
  if (reason !== undefined) options.log.error("the index was damaged: starting with an empty cache", { reason });
  if (reason !== undefined || opened.isNew) removeBodies(options.folder);
  return opened;
}

/** Bodies without an index are of no use: nothing says which action they belong to. */
function removeBodies(folder: string): void {
  for (const name of ["segments", "large", "tmp"]) rmSync(join(folder, name), { recursive: true, force: true });
}

function storeOver(state: StoreState, lock: FolderLock): Store {
  const puts = createPutQueue(state);
  const useMarks = createUseMarks(state);
  const absence = createAbsenceSets(state);
  const uses = createUseRecorder(state);
  const marks = { ...useMarks, flush: () => (useMarks.flush(), uses.flush()) };
  const maintenance = createMaintenance(state, marks, absence);
  maintenance.start();
  if (state.options.maintains) void fillMemory(state);
  return {
    view: (context, reads) => createView(state, context, reads),
    find(view, action) {
      const found = findEntry(state, marks, view, action);
      if (found !== undefined) uses.add(view, action, found);
      return found;
    },
    expect: (view, actions) => state.memory.expect(view, actions),
    uses: (query) => uses.find(query),
    survey: (query) => survey(state, query),
    onComparison: (listen) => void state.onComparison.push(listen),
    findOutput: (output) => findOutput(state, output),
    scopesOf: (row) => state.rows.scopesOfOutput(row.id, 1000).map((scope) => state.scopes.text(scope)),
    read: (row, into) => readBody(state, row, into),
    ownFile: (row) => (row.segment === 0 ? state.bodies.path(row) : undefined),
    put: (view, entry) => counted(state, () => put(puts, view, entry)),
    receive: (view, head, encoding) => receive(state, puts, view, head, encoding),
    absence: (view) => absence.bytesFor(view),
    manifests: createManifests(state),
    stats: () => readStats(state),
    list: (query) => listEntries(state, query),
    async purge(request) {
      const report = await maintenance.purge(request);
      state.scopeTrust.recompute();
      return report;
    },
    purges: () => state.purges.filter(({ expiresMs }) => expiresMs > state.options.clock.nowMs()),
    digest: () => readDigest(state),
    removals: state.removals,
    replica: openReplica(state),
    gc: () => maintenance.gc(),
    verify: () => verifyAll(state),
    backup: () => writeBackup(state, maintenance.alone),
    exportScope: (scope) => exportScope(state, scope),
    importEntries: (scope, chunks) =>
      importEntries(state, (view, head, encoding) => receive(state, puts, view, head, encoding), scope, chunks),
    counts: state.counts,
    totals: state.totals,
    memory: state.memory,
    fileBytes: () => state.bodies.fileBytes(),
    isReady: () => !state.isClosed && state.damage === undefined,
    async close() {
      if (state.isClosed) return;
      puts.flush();
      await maintenance.end();
      endState(state);
      lock.release();
    },
  };
}

/** Beside everything else: until it has ended, lookups ask the index. */
async function fillMemory(state: StoreState): Promise<void> {
  try {
    await state.memory.fill();
  } catch (cause) {
    state.options.log.error("the index was not read into memory", { cause: damageOf(state, cause) });
  }
}

function receive(state: StoreState, puts: PutQueue, view: View, head: EntryHead, encoding: Codec): BodyReceiver {
  const receiver = createBodyReceiver({
    bodies: state.bodies,
    ownFileBytes: state.options.ownFileBytes,
    head,
    encoding,
    keep: (checked, body) => puts.put({ view, head: checked, body }),
  });
  return {
    write: (chunk) => counted(state, () => receiver.write(chunk)),
    finish: () => counted(state, () => receiver.finish()),
    abort: () => receiver.abort(),
  };
}

async function counted<Result>(state: StoreState, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (hasCode(cause, "protocol/body-mismatch")) state.counts.mismatches += 1;
    throw cause;
  }
}

async function put(puts: PutQueue, view: View, entry: WireEntry): Promise<PutResult> {
  const { body, codec: encoding, ...head } = entry;
  if (encoding === codec.absent) return puts.put({ view, head, body: undefined });
  const raw = verifyBody(body, encoding, head.sizeBytes, head.output);
  return puts.put({
    view,
    head: { ...head, kind: classifyBody(raw) },
    body: { in: "memory", ...formToKeep(raw, body, encoding) },
  });
}

function endState(state: StoreState): void {
  state.isClosed = true;
  state.bodies.close();
  const isWhole = state.damage === undefined && closeIndex(state);
  if (isWhole && state.suspects.size === 0) markEnded(state.options.folder);
}

/** False when the index could not be brought to rest: what it holds is safe in its log, and the next start reads that. */
function closeIndex({ db, options }: StoreState): boolean {
  try {
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    return true;
  } catch (cause) {
    options.log.error("the index could not be closed", { cause });
    return false;
  }
}
