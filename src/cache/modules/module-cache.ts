/**
 * Modules of the proxy behind a node, kept in the node's own store. What has a version is fetched once, checked, and
 * never asked for again; what may change is asked for each time, and the last answer serves when nobody answers.
 */

import { createReadStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../../core/logger.ts";
import { decodeBody } from "../node/encoded-body.ts";
import type { OutputRow, Store } from "../node/store.ts";
import type { View } from "../node/view.ts";
import { codec, type EntryHead } from "../protocol/entry.ts";
import { modFileHash, recordedHashes } from "./dir-hash.ts";
import { modulesErrors } from "./errors.ts";
import { type FixedFile, parseModulePath } from "./module-path.ts";
import { hashModuleZip } from "./module-zip.ts";
import type { Fetched, Upstream } from "./upstream.ts";

export type ModuleAnswer =
  | { readonly status: "found"; readonly row: OutputRow; readonly isStale: boolean }
  | { readonly status: "absent"; readonly text: string };

export interface ModuleCache {
  /** `path` is what follows the proxy's address, without a slash. Rejects with codes of `modules/`. */
  get(path: string): Promise<ModuleAnswer>;
}

export interface ModuleCacheOptions {
  readonly store: Store;
  readonly upstream: Upstream;
  /** Name of the checksum database that the proxy behind also serves; versions that it knows are compared with it. */
  readonly sumDatabase: string | undefined;
  /** For files that are being checked; emptied now. */
  readonly folder: string;
  readonly log: Logger;
}

const fetchesMax = 16;
/**
 * Modules belong to nobody's branch: their content is fixed by their name. No client can name this scope; under one that
 * it could, whoever may write would fill in what is served as checked.
 */
const scope = "//modules";

interface State extends ModuleCacheOptions {
  readonly view: View;
  readonly underWay: Map<string, Promise<ModuleAnswer>>;
  serial: number;
}

export function createModuleCache(options: ModuleCacheOptions): ModuleCache {
  rmSync(options.folder, { recursive: true, force: true });
  mkdirSync(options.folder, { recursive: true });
  const toolchain = new Bun.CryptoHasher("sha256").update("go modules").digest("hex");
  const view = options.store.view({ scope, ancestors: [], toolchain, image: "0".repeat(64), provenance: {} });
  const state: State = { ...options, view, underWay: new Map(), serial: 0 };
  return { get: (path) => get(state, path) };
}

async function get(state: State, path: string): Promise<ModuleAnswer> {
  const request = parseModulePath(path);
  if (request === undefined) throw modulesErrors.error("modules/path-invalid", path.slice(0, 200));
  const held = state.store.find(state.view, actionOf(path));
  if (held !== undefined && request.kind === "fixed") return { status: "found", row: held, isStale: false };
  const fetching = fetchOnce(state, path, request.kind === "fixed" ? request.file : undefined);
  if (held === undefined) return fetching;
  return fetching.catch((cause: unknown) => {
    state.log.warn("a module list is served as it was, since its proxy does not answer", { path, cause });
    return { status: "found", row: held, isStale: true };
  });
}

function fetchOnce(state: State, path: string, file: FixedFile | undefined): Promise<ModuleAnswer> {
  const known = state.underWay.get(path);
  if (known !== undefined) return known;
  if (state.underWay.size >= fetchesMax) return Promise.reject(modulesErrors.error("modules/busy", path));
  const fetching = fetchAndKeep(state, path, file).finally(() => state.underWay.delete(path));
  state.underWay.set(path, fetching);
  return fetching;
}

async function fetchAndKeep(state: State, path: string, file: FixedFile | undefined): Promise<ModuleAnswer> {
  const place = join(state.folder, String(++state.serial));
  try {
    const fetched = await state.upstream.fetch(path, place);
    if (fetched.status === "absent") return { status: "absent", text: fetched.text };
    if (file !== undefined) await check(state, file, place);
    await keep(state, path, fetched, place);
  } finally {
    rmSync(place, { force: true });
  }
  const row = state.store.find(state.view, actionOf(path));
  if (row === undefined) throw modulesErrors.error("modules/upstream-unreachable", `${path} was removed at once`);
  return { status: "found", row, isStale: false };
}

/** Against the checksum database, where it knows the version. The go command checks again, and against go.sum. */
async function check(state: State, file: FixedFile, place: string): Promise<void> {
  const { type, module, version } = file;
  if (type !== "mod" && type !== "zip") return;
  // A zip is read whole in any case: what cannot be unpacked must not stay for ever.
  const hash = type === "zip" ? await hashModuleZip(place, module, version) : modFileHash(readFileSync(place));
  const recorded = await recordOf(state, file);
  if (recorded === undefined || recorded[type] === hash) return;
  state.log.error("a module is not what the checksum database says", { module, version, type, hash });
  throw modulesErrors.error("modules/checksum-mismatch", `${module}@${version} (${type})`);
}

async function recordOf(
  state: State,
  { module, version, escaped }: FixedFile,
): Promise<{ readonly zip: string; readonly mod: string } | undefined> {
  if (state.sumDatabase === undefined) return undefined;
  const answer = await get(state, `sumdb/${state.sumDatabase}/lookup/${escaped}`).catch((cause: unknown) => {
    state.log.warn("a module could not be compared with the checksum database", { module, version, cause });
  });
  if (answer?.status !== "found") return undefined;
  const bytes = state.store.read(answer.row);
  if (bytes === undefined) return undefined;
  const record = decodeBody(bytes, answer.row.codec, answer.row.sizeBytes);
  return recordedHashes(Buffer.from(record).toString("utf8"), module, version);
}

async function keep({ store, view }: State, path: string, fetched: Fetched, place: string): Promise<void> {
  const head: EntryHead = {
    action: actionOf(path),
    output: Buffer.from(fetched.sha256, "hex"),
    sizeBytes: fetched.sizeBytes,
    timeNs: BigInt(Date.now()) * 1_000_000n,
    costMs: 0,
    kind: 0,
    partition: 0,
  };
  const receiver = store.receive(view, head, codec.identity);
  try {
    for await (const chunk of createReadStream(place, { highWaterMark: 256 * 1024 })) {
      await receiver.write(chunk as Uint8Array);
    }
    await receiver.finish();
  } catch (cause) {
    receiver.abort();
    throw cause;
  }
}

function actionOf(path: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(`go module ${path}`).digest();
}
