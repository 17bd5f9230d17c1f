/** The ledger in a Postgres database, for many machines. */

import { SQL } from "bun";
import type { Clock } from "../../core/clock.ts";
import { BallastError } from "../../core/errors.ts";
import { ledgerErrors } from "../errors.ts";
import {
  type Attributes,
  attributesJson,
  contentHash,
  type LedgerEvent,
  sortedAttributes,
  type StoredEvent,
} from "../event.ts";
import { type AttributeTest, type Bind, queryTail, requireValidBatch } from "../event-query.ts";
import type { AppendOutcome, EventQuery, LedgerStore } from "../store.ts";

/** Raised when the tables change; each step of `migrations` brings a database one version further. */
const schemaVersion = 1;

const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE ballast_events (
       seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       key text NOT NULL UNIQUE,
       name text NOT NULL,
       time_ms bigint NOT NULL,
       seen_ms bigint NOT NULL,
       content text NOT NULL,
       attributes jsonb NOT NULL
     )`,
    "CREATE INDEX ballast_events_by_name ON ballast_events (name, seq)",
    "CREATE INDEX ballast_events_by_time ON ballast_events (time_ms)",
    `CREATE FUNCTION ballast_events_stay() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$`,
    `CREATE TRIGGER ballast_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ballast_events
       FOR EACH STATEMENT EXECUTE FUNCTION ballast_events_stay()`,
  ],
];

/**
 * Numbers of advisory locks, "ball" in ASCII and a count. Appends take turns, so that a number is never visible before
 * a smaller one: whoever follows by `seq` misses nothing.
 */
const migrationLock = 0x62616c6c01;
const appendLock = 0x62616c6c02;

export interface PostgresLedgerOptions {
  readonly url: string;
  /** How long one call may take, connecting included. */
  readonly waitLimitMs: number;
  readonly clock: Clock;
}

interface Row {
  readonly seq: string | number;
  readonly key: string;
  readonly name: string;
  readonly time_ms: string | number;
  readonly seen_ms: string | number;
  readonly attributes: string;
}

const columns = "seq, key, name, time_ms, seen_ms, attributes::text AS attributes";

/** Throws `ledger/unreachable`, `ledger/schema-newer`. */
export async function openPostgresLedger(options: PostgresLedgerOptions): Promise<LedgerStore> {
  const { url, clock, waitLimitMs } = options;
  const sql = connect(url, waitLimitMs);
  const within = <Value>(work: () => Promise<Value>): Promise<Value> => guard(sql, options, work);
  await within(() => migrate(sql));
  return {
    append: (events) => {
      requireValidBatch(events);
      return within(() => sql.begin((session) => insertAll(session, events, clock.nowMs())));
    },
    find: (query) => within(() => select(sql, query)),
    get: (key) =>
      within(async () => {
        const rows = (await sql.unsafe(`SELECT ${columns} FROM ballast_events WHERE key = $1`, [key])) as Row[];
        return rows[0] === undefined ? undefined : eventOf(rows[0]);
      }),
    close: () => sql.close({ timeout: 0 }),
  };
}

function connect(url: string, waitLimitMs: number): SQL {
  try {
    return new SQL(url, { max: 1, connectionTimeout: Math.max(1, Math.ceil(waitLimitMs / 1000)) });
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

async function migrate(sql: SQL): Promise<void> {
  if ((await versionOf(sql)) === schemaVersion) return;
  await sql.begin(async (session) => {
    await session.unsafe(`SELECT pg_advisory_xact_lock(${migrationLock})`);
    await session.unsafe("CREATE TABLE IF NOT EXISTS ballast_ledger (version integer NOT NULL)");
    const found = await versionOf(session);
    for (const statement of migrations.slice(found).flat()) await session.unsafe(statement);
    if (found === schemaVersion) return;
    await session.unsafe("DELETE FROM ballast_ledger");
    await session.unsafe("INSERT INTO ballast_ledger (version) VALUES ($1)", [schemaVersion]);
  });
}

/** 0 for a database without a ledger. Throws `ledger/schema-newer`. */
async function versionOf(sql: SQL): Promise<number> {
  const tables = (await sql.unsafe("SELECT to_regclass('ballast_ledger')::text AS name")) as { name: string | null }[];
  if (typeof tables[0]?.name !== "string") return 0;
  const rows = (await sql.unsafe("SELECT version FROM ballast_ledger")) as { version: number }[];
  const found = rows[0]?.version ?? 0;
  if (found <= schemaVersion) return found;
  throw ledgerErrors.error("ledger/schema-newer", `it has version ${found}, this Ballast knows ${schemaVersion}`);
}

async function insertAll(session: SQL, events: readonly LedgerEvent[], seenMs: number): Promise<AppendOutcome[]> {
  await session.unsafe(`SELECT pg_advisory_xact_lock(${appendLock})`);
  const outcomes: AppendOutcome[] = [];
  for (const event of events) outcomes.push(await insert(session, event, seenMs));
  return outcomes;
}

async function insert(session: SQL, event: LedgerEvent, seenMs: number): Promise<AppendOutcome> {
  const { key, name, timeMs, attributes } = event;
  const content = contentHash(event);
  const added = (await session.unsafe(
    "INSERT INTO ballast_events (key, name, time_ms, seen_ms, content, attributes) " +
      "VALUES ($1, $2, $3, $4, $5, $6::text::jsonb) ON CONFLICT (key) DO NOTHING RETURNING seq",
    [key, name, timeMs, seenMs, content, attributesJson(attributes)],
  )) as unknown[];
  if (added.length > 0) return "added";
  const known = (await session.unsafe("SELECT content FROM ballast_events WHERE key = $1", [key])) as {
    content: string;
  }[];
  return known[0]?.content === content ? "known" : "conflict";
}

async function select(sql: SQL, query: EventQuery): Promise<StoredEvent[]> {
  const values: (string | number)[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const text = `SELECT ${columns} FROM ballast_events ${queryTail(query, bind, attributeTest)}`;
  return ((await sql.unsafe(text, values)) as Row[]).map(eventOf);
}

/** For a scalar, containment is equality. */
const attributeTest: AttributeTest = (name, value, bind) =>
  `attributes @> ${bind(JSON.stringify({ [name]: value }))}::text::jsonb`;

/** 64-bit integers arrive as text, and jsonb has an order of its own. */
function eventOf({ seq, key, name, time_ms, seen_ms, attributes }: Row): StoredEvent {
  const sorted = sortedAttributes(JSON.parse(attributes) as Attributes);
  return { seq: Number(seq), key, name, timeMs: Number(time_ms), seenMs: Number(seen_ms), attributes: sorted };
}

/** A database that does not answer costs `waitLimitMs` and never more: the driver has no deadline of its own. */
async function guard<Value>(
  sql: SQL,
  { url, waitLimitMs }: PostgresLedgerOptions,
  work: () => Promise<Value>,
): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${waitLimitMs} ms`)), waitLimitMs);
  try {
    return await Promise.race([work(), late.promise]);
  } catch (cause) {
    if (cause instanceof BallastError) throw cause;
    if (isDiskFull(cause)) throw ledgerErrors.error("ledger/full", shown(url), { cause });
    // Whatever is under way on this connection has nobody left who waits for it.
    void sql.close({ timeout: 0 }).catch(() => undefined);
    throw unreachable(url, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** SQLSTATE 53100. */
function isDiskFull(cause: unknown): boolean {
  return cause instanceof Error && "errno" in cause && String(cause.errno) === "53100";
}

function unreachable(url: string, cause: unknown): BallastError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return ledgerErrors.error("ledger/unreachable", `${shown(url)}: ${reason}`, { cause });
}

/** The address without user and password. */
function shown(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "the database" : `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}
