/** What both stores of the ledger promise, and what each does when it cannot. */

import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createManualClock, type ManualClock } from "../../src/core/clock.ts";
import { contentHash, eventLimits, type LedgerEvent, sortedAttributes } from "../../src/ledger/event.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import type { LedgerStore } from "../../src/ledger/store.ts";
import { testWith } from "../with-component.ts";
import { codeOf } from "../failure-code.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

const startMs = 1_790_000_000_000;
const folder = mkdtempSync(join(tmpdir(), "ballast-ledger-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newFile = (): string => join(folder, `ledger${files++}`, "ledger.sqlite");

interface Place {
  readonly file?: string;
  readonly url?: string;
}

async function open(place: Place, clock: ManualClock, changes: { maxSize?: number; waitLimit?: number } = {}) {
  const config = { file: place.file, url: place.url, keyFile: undefined, plain: [], maxSize: 1e9, waitLimit: 5000 };
  return (await openLedger({ ...config, ...changes }, clock))!;
}

function eventOf(key: string, changes: Partial<LedgerEvent> = {}): LedgerEvent {
  return { key, name: "ballast.test", timeMs: startMs, attributes: { "vcs.ref.head.name": "main" }, ...changes };
}

type AddTest = (title: string, run: (newPlace: () => Promise<Place>) => Promise<void>) => void;

/** One suite for both stores. */
function contract(addTest: AddTest): void {
  const opened: LedgerStore[] = [];
  afterEach(async () => {
    for (const ledger of opened.splice(0)) await ledger.close();
  });
  const openNew = async (place: Place, clock = createManualClock(startMs)): Promise<LedgerStore> => {
    const ledger = await open(place, clock);
    opened.push(ledger);
    return ledger;
  };

  addTest("gives back what was appended, with a number and the time at which it was seen", async (newPlace) => {
    const ledger = await openNew(await newPlace(), createManualClock(startMs + 5000));
    const attributes = { text: "ä\n\"$.'", whole: 7, share: 0.25, yes: true, list: ["a", ""], "a.b": -1e21 };
    expect(await ledger.append([eventOf("k1", { attributes, timeMs: 1 })])).toEqual(["added"]);
    const [event] = await ledger.find({ order: "oldest", limit: 10 });
    expect(event).toEqual({
      ...eventOf("k1", { attributes: sortedAttributes(attributes), timeMs: 1 }),
      seq: event!.seq,
      seenMs: startMs + 5000,
    });
    expect(await ledger.get("k1")).toEqual(event);
    expect(await ledger.get("k2")).toBeUndefined();
  });

  addTest(
    "the same event twice is one event; another event of its key is a conflict, and the first stays",
    async (newPlace) => {
      const ledger = await openNew(await newPlace());
      const other = eventOf("k", { attributes: { other: 1 } });
      expect(await ledger.append([eventOf("k"), eventOf("k"), other])).toEqual(["added", "known", "conflict"]);
      expect(await ledger.append([eventOf("k"), other])).toEqual(["known", "conflict"]);
      const all = await ledger.find({ order: "oldest", limit: 10 });
      expect(all.map(({ attributes }) => attributes)).toEqual([eventOf("k").attributes]);
    },
  );

  addTest("an invalid event refuses the whole batch", async (newPlace) => {
    const ledger = await openNew(await newPlace());
    const faults: LedgerEvent[] = [
      eventOf(""),
      eventOf("a b"),
      eventOf("x".repeat(eventLimits.keyChars + 1)),
      eventOf("k", { name: "two words" }),
      eventOf("k", { timeMs: Number.NaN }),
      eventOf("k", { timeMs: -1 }),
      eventOf("k", { attributes: { 'a"b': 1 } }),
      eventOf("k", { attributes: { a: "nul\0" } }),
      eventOf("k", { attributes: { a: "\ud800" } }),
      eventOf("k", { attributes: { a: Number.POSITIVE_INFINITY } }),
      eventOf("k", { attributes: { a: "x".repeat(eventLimits.valueChars + 1) } }),
      eventOf("k", { attributes: { a: Array.from({ length: eventLimits.listItems + 1 }, () => "") } }),
      eventOf("k", { attributes: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`a${i}`, 1])) }),
      eventOf("k", {
        attributes: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`a${i}`, "x".repeat(8000)])),
      }),
    ];
    for (const fault of faults) {
      expect(await codeOf(() => ledger.append([eventOf("good"), fault]))).toBe("ledger/event-invalid");
    }
    const many = Array.from({ length: eventLimits.batch + 1 }, (_, i) => eventOf(`k${i}`));
    expect(await codeOf(() => ledger.append(many))).toBe("ledger/event-invalid");
    expect(await ledger.find({ order: "oldest", limit: 10 })).toEqual([]);
  });

  addTest("finds by name, attribute, time and number, in either order", async (newPlace) => {
    const ledger = await openNew(await newPlace());
    const of = (i: number): LedgerEvent =>
      eventOf(`k${i}`, {
        name: i % 2 === 0 ? "even" : "odd",
        timeMs: i * 10,
        attributes: { n: i, third: i % 3 === 0, "x.y": `v${i % 4}` },
      });
    await ledger.append(Array.from({ length: 12 }, (_, i) => of(i)));
    const keys = async (query: object): Promise<string[]> =>
      (await ledger.find({ order: "oldest", limit: 100, ...query })).map(({ key }) => key);
    expect(await keys({ name: "odd", limit: 2 })).toEqual(["k1", "k3"]);
    expect(await keys({ order: "newest", limit: 2 })).toEqual(["k11", "k10"]);
    expect(await keys({ where: { third: true } })).toEqual(["k0", "k3", "k6", "k9"]);
    expect(await keys({ where: { "x.y": "v1", third: false } })).toEqual(["k1", "k5"]);
    expect(await keys({ where: { n: 5 } })).toEqual(["k5"]);
    expect(await keys({ where: { n: "5" } })).toEqual([]);
    expect(await keys({ where: { absent: 1 } })).toEqual([]);
    expect(await keys({ fromMs: 20, untilMs: 40 })).toEqual(["k2", "k3"]);
    const [, second] = await ledger.find({ order: "oldest", limit: 2 });
    expect(await keys({ afterSeq: second!.seq, limit: 2 })).toEqual(["k2", "k3"]);
  });

  addTest("holds what was appended when it is opened again, and two may have it open", async (newPlace) => {
    const place = await newPlace();
    const first = await openNew(place);
    const second = await openNew(place);
    await Promise.all([first.append([eventOf("a")]), second.append([eventOf("b")]), first.append([eventOf("b")])]);
    await first.append([eventOf("c")]);
    const third = await openNew(place);
    const all = await third.find({ order: "oldest", limit: 10 });
    expect(all.map(({ key }) => key).toSorted()).toEqual(["a", "b", "c"]);
    expect(all.at(-1)!.key).toBe("c");
    expect(new Set(all.map(({ seq }) => seq)).size).toBe(3);
  });

  addTest("any valid attributes come back as they were", async (newPlace) => {
    const ledger = await openNew(await newPlace());
    const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((value) => !value.includes("\0"));
    const number = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
    );
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}(\.[a-z0-9_]{1,8}){0,2}$/);
    const attributes = fc.dictionary(name, fc.oneof(text, number, fc.boolean(), fc.array(text, { maxLength: 5 })), {
      maxKeys: 8,
      noNullPrototype: true,
    });
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(attributes, async (values) => {
        const event = eventOf(`p${serial++}`, { attributes: values });
        await ledger.append([event]);
        const found = await ledger.get(event.key);
        expect(found?.attributes).toEqual(sortedAttributes(values));
        expect(contentHash(found!)).toBe(contentHash(event));
        expect(await ledger.append([{ ...event }])).toEqual(["known"]);
      }),
      { numRuns: 60 },
    );
  });
}

describe("sqlite", () => {
  contract((title, run) => test(title, () => run(() => Promise.resolve({ file: newFile() }))));

  test("its tables refuse to change or forget an event", async () => {
    const file = newFile();
    const ledger = await open({ file }, createManualClock(startMs));
    await ledger.append([eventOf("k")]);
    const db = new Database(file);
    expect(() => db.run("UPDATE events SET name = 'x'")).toThrow("append-only");
    expect(() => db.run("DELETE FROM events")).toThrow("append-only");
    db.close();
    await ledger.close();
  });

  test("a damaged file, a newer one, a folder and a full one are told apart", async () => {
    const clock = createManualClock(startMs);
    const damaged = newFile();
    await (await open({ file: damaged }, clock)).close();
    writeFileSync(damaged, "this is no database, but it is long enough to be looked at as one".repeat(20));
    for (const suffix of ["-wal", "-shm"]) rmSync(damaged + suffix, { force: true });
    expect(await codeOf(() => open({ file: damaged }, clock))).toBe("ledger/damaged");

    const newer = newFile();
    await (await open({ file: newer }, clock)).close();
    const db = new Database(newer);
    db.run("PRAGMA user_version = 99");
    db.close();
    expect(await codeOf(() => open({ file: newer }, clock))).toBe("ledger/schema-newer");

    expect(await codeOf(() => open({ file: folder }, clock))).toBe("ledger/unreachable");

    const small = await open({ file: newFile() }, clock, { maxSize: 100_000 });
    const large = { attributes: { text: "x".repeat(8000) } };
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await small.append([eventOf(`k${i}`, large)]);
    };
    expect(await codeOf(fill)).toBe("ledger/full");
    expect((await small.find({ order: "oldest", limit: 100 })).length).toBeGreaterThan(3);
    await small.close();
  });

  test("a file that somebody else holds costs the limit and no more", async () => {
    const file = newFile();
    const ledger = await open({ file }, createManualClock(startMs), { waitLimit: 300 });
    const holder = new Database(file);
    holder.run("BEGIN EXCLUSIVE");
    const startedMs = performance.now();
    expect(await codeOf(() => ledger.append([eventOf("k")]))).toBe("ledger/unreachable");
    expect(performance.now() - startedMs).toBeLessThan(2000);
    holder.run("ROLLBACK");
    holder.close();
    expect(await ledger.append([eventOf("k")])).toEqual(["added"]);
    await ledger.close();
  });
});

describe("postgres", () => {
  let server: Promise<PostgresServer> | undefined;
  const running = (component: string): Promise<PostgresServer> => (server ??= startPostgres(component));
  afterAll(async () => (await server)?.stop());

  contract((title, run) =>
    testWith("postgresql", title, async (component) => {
      const postgres = await running(component);
      await run(async () => ({ url: await postgres.newDatabase() }));
    }),
  );

  testWith("postgresql", "its tables refuse to change or forget an event", async (component) => {
    const url = await (await running(component)).newDatabase();
    const ledger = await open({ url }, createManualClock(startMs));
    await ledger.append([eventOf("k")]);
    const sql = new Bun.SQL(url, { max: 1 });
    for (const statement of [
      "UPDATE ballast_events SET name = 'x'",
      "DELETE FROM ballast_events",
      "TRUNCATE ballast_events",
    ]) {
      expect(await codeOf(async () => sql.unsafe(statement))).not.toBe("no failure");
    }
    await sql.close();
    expect(await ledger.get("k")).toBeDefined();
    await ledger.close();
  });

  testWith("postgresql", "many that open a new database at once make its tables once", async (component) => {
    const url = await (await running(component)).newDatabase();
    const ledgers = await Promise.all(Array.from({ length: 6 }, () => open({ url }, createManualClock(startMs))));
    await Promise.all(ledgers.map((ledger, i) => ledger.append([eventOf(`k${i}`), eventOf("shared")])));
    const all = await ledgers[0]!.find({ order: "oldest", limit: 100 });
    expect(all).toHaveLength(7);
    for (const ledger of ledgers) await ledger.close();
  });

  testWith("postgresql", "a newer version is refused", async (component) => {
    const url = await (await running(component)).newDatabase();
    await (await open({ url }, createManualClock(startMs))).close();
    const sql = new Bun.SQL(url, { max: 1 });
    await sql.unsafe("UPDATE ballast_ledger SET version = 99");
    await sql.close();
    expect(await codeOf(() => open({ url }, createManualClock(startMs)))).toBe("ledger/schema-newer");
  });

  testWith(
    "postgresql",
    "no server, a wrong database and a server that is silent cost the limit and no more",
    async (component) => {
      const postgres = await running(component);
      const url = await postgres.newDatabase();
      const clock = createManualClock(startMs);
      expect(await codeOf(() => open({ url: "postgres://x@127.0.0.1:1/x" }, clock))).toBe("ledger/unreachable");
      expect(await codeOf(() => open({ url: `${url}absent` }, clock))).toBe("ledger/unreachable");
      const ledger = await open({ url }, clock, { waitLimit: 1000 });
      postgres.signal("SIGSTOP");
      try {
        const startedMs = performance.now();
        expect(await codeOf(() => ledger.append([eventOf("k")]))).toBe("ledger/unreachable");
        expect(await codeOf(() => open({ url }, clock, { waitLimit: 1000 }))).toBe("ledger/unreachable");
        expect(performance.now() - startedMs).toBeLessThan(4000);
      } finally {
        postgres.signal("SIGCONT");
      }
    },
  );
});
