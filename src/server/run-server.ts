import { readFileSync, statfsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type FleetSettings, planFleet, startFleet } from "../cache/fleet/open-fleet.ts";
import { createModuleCache, type ModuleCache } from "../cache/modules/module-cache.ts";
import { createUpstream, type Upstream } from "../cache/modules/upstream.ts";
import { openStore } from "../cache/node/open-store.ts";
import type { Store } from "../cache/node/store.ts";
import type { DiskSpace } from "../cache/node/store-state.ts";
import { systemClock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { SettingValues } from "../core/settings.ts";
import { type AccessPolicy } from "../cache/trust/access-policy.ts";
import { loadAccessPolicy } from "../cache/trust/read-access-policy.ts";
import type { LedgerConfig } from "../ledger/open-ledger.ts";
import { type Audit, createAudit } from "./access/audit.ts";
import { tellComparisons } from "./access/comparison-events.ts";
import { createEntrants, type Entrants } from "./access/entrants.ts";
import { createIssuerKeys } from "./access/issuer-keys.ts";
import { notePolicy, type PolicyWatch, watchPolicy } from "./access/policy-changes.ts";
import { createSessionTokens, readSessionKey } from "./access/session-token.ts";
import { createAccessLog } from "./access-log.ts";
import { serverErrors } from "./errors.ts";
import { parseListenAddress } from "./listen-address.ts";
import { createRepairEvents } from "./repair-events.ts";
import { type RunningServer, startServer } from "./server.ts";
import type { serverSettings } from "./settings.ts";
import { readTokenFile, type Tokens } from "./tokens.ts";

/** A node with its HTTP server. */
export interface RunningNode {
  readonly url: string;
  readonly folder: string;
  /** Reads the access policy again; absent without one. */
  readonly reloadPolicy: (() => void) | undefined;
  /** Finishes what is under way, then closes the store. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly settings: SettingValues<typeof serverSettings>;
  readonly fleet: FleetSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly version: string;
  /** Where events go; without a file or address, to one in the node's own folder. */
  readonly ledger: LedgerConfig;
}

/** How long requests that are under way may take after the end was asked for. */
const graceMs = 10_000;
/** Bodies from this stored size on have a file of their own, which the kernel sends without us. */
const ownFileBytes = 1024 * 1024;
/** Compaction wants room for a segment, so that a small store has smaller ones. */
const segmentBytesMax = 128 * 1024 * 1024;
const segmentBytesMin = 4 * 1024 * 1024;

/** Opens the store and listens. Throws what `openStore` and `startServer` throw. */
export function runNode(options: NodeOptions): RunningNode {
  const { settings, env, log } = options;
  const folder = settings.data ?? defaultFolder(env);
  // All that can be wrong with the settings is found before the folder is touched.
  const listen = parseListenAddress(settings.listen);
  const tokens = settings.tokens === undefined ? undefined : readTokenFile(settings.tokens);
  const tls = readTls(settings.tlsCert, settings.tlsKey);
  const plan = planFleet(options.fleet, env);
  const policy = settings.access === undefined ? undefined : loadAccessPolicy(settings.access);
  const sessionKey = readSessionKey(settings.sessionKey);
  const store = openStore({
    folder,
    maxSizeBytes: settings.maxSize,
    maxAgeMs: settings.maxAge,
    diskSpace: () => diskSpaceOf(folder),
    scrubBytesPerSecond: settings.scrubRate,
    lookupBytes: settings.lookupMemory,
    log,
    clock: systemClock,
    segmentBytes: Math.min(segmentBytesMax, Math.max(segmentBytesMin, settings.maxSize / 32)),
    ownFileBytes,
    maintains: true,
    fleet: plan === undefined ? undefined : { name: plan.name },
  });
  const audit = createAudit(
    { ...options.ledger, file: options.ledger.file ?? join(folder, "ledger.sqlite") },
    log,
    systemClock,
  );
  const entrants = policy === undefined ? undefined : entrantsOf(policy, tokens, sessionKey, settings.sessionLifetime);
  const repairs = createRepairEvents(audit);
  const joining = { log, maxAgeMs: settings.maxAge, onRepair: repairs.tell };
  const fleet = plan === undefined ? undefined : startFleet(plan, store.replica, joining);
  const server = listenOver(store, () =>
    startServer({
      listen,
      tokens,
      entrants,
      isDryRun: settings.accessMode === "dry-run",
      audit,
      node: plan?.name,
      fleet,
      clock: systemClock,
      tls,
      openRequestsMax: settings.maxRequests,
      idleTimeoutSeconds: Math.min(255, Math.max(1, Math.round(settings.idleTimeout / 1000))),
      store,
      log,
      modules: modulesOf(settings, store, folder, log),
      accessLog: settings.accessLog ? createAccessLog(log) : undefined,
      version: options.version,
    }),
  );
  const endComparisons = tellComparisons(store, audit);
  const watch = watchOver(options, folder, audit, policy, entrants);
  return {
    url: server.url,
    folder,
    reloadPolicy: watch?.reload,
    async stop() {
      watch?.stop();
      await server.stop(graceMs);
      await fleet?.stop();
      endComparisons();
      repairs.end();
      await audit.close();
      await store.close();
    },
  };
}

function watchOver(
  { settings, log }: NodeOptions,
  folder: string,
  audit: Audit,
  policy: AccessPolicy | undefined,
  entrants: Entrants | undefined,
): PolicyWatch | undefined {
  const { access: path, accessMode: mode } = settings;
  if (path === undefined || policy === undefined || entrants === undefined) return undefined;
  notePolicy(policy, mode, folder, audit);
  return watchPolicy({ path, policy, mode, folder, audit, log, use: (next) => entrants.usePolicy(next) });
}

function modulesOf(
  settings: NodeOptions["settings"],
  store: Store,
  folder: string,
  log: Logger,
): { readonly cache: ModuleCache; readonly store: Store } | undefined {
  if (settings.moduleProxy === undefined) return undefined;
  const upstream = openModuleProxy(settings.moduleProxy);
  const sumDatabase = settings.moduleSumDatabase;
  return { cache: createModuleCache({ store, upstream, sumDatabase, folder: join(folder, "modules"), log }), store };
}

function openModuleProxy(address: string): Upstream {
  const url = URL.parse(address);
  if (url !== null && ["http:", "https:", "file:"].includes(url.protocol)) return createUpstream(address);
  throw serverErrors.error("server/module-proxy-invalid", "it is no http, https or file address");
}

function entrantsOf(policy: AccessPolicy, tokens: Tokens | undefined, sessionKey: Buffer, sessionMs: number): Entrants {
  const keys = createIssuerKeys(systemClock);
  const sessions = createSessionTokens(sessionKey);
  return createEntrants({ policy, tokens, keys, sessions, sessionMs, clock: systemClock });
}

function diskSpaceOf(folder: string): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** A server that cannot listen leaves the folder as it was. */
function listenOver(store: Store, start: () => RunningServer): RunningServer {
  try {
    return start();
  } catch (cause) {
    void store.close();
    throw cause;
  }
}

function defaultFolder(env: NodeOptions["env"]): string {
  const base = env["XDG_DATA_HOME"] || join(env["HOME"] ?? homedir(), ".local", "share");
  return join(base, "ballast", "node");
}

function readTls(certPath: string | undefined, keyPath: string | undefined): { cert: string; key: string } | undefined {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined) {
    throw serverErrors.error("server/tls-invalid", "only one of certificate and key is given");
  }
  return { cert: readPem(certPath), key: readPem(keyPath) };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw serverErrors.error("server/tls-invalid", `${path}: ${(cause as Error).message}`, { cause });
  }
}
