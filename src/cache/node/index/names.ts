import type { Database } from "bun:sqlite";

/** Long texts that many rows share, as small numbers. Numbers start at 1, so 0 matches no row. */
export interface Names {
  /** The number of a text that has one, else 0. */
  find(text: string): number;
  /** The number of a text, given now if need be. Inside a transaction. */
  intern(text: string): number;
  /** The text of a number; empty for a number that was never given. */
  text(id: number): string;
  /** Drops what is remembered: after a transaction that was rolled back. */
  forget(): void;
  /** Raised whenever a number was given: whoever kept a 0 asks again. */
  readonly epoch: number;
}

/** Most texts remembered; provenances are one per run and never end. */
const rememberedMax = 20_000;

export interface NamesTable {
  readonly table: string;
  readonly column: string;
}

export const namesTables = {
  scopes: { table: "scopes", column: "name" },
  partitions: { table: "partitions", column: "key" },
  provenances: { table: "provenances", column: "json" },
  sources: { table: "sources", column: "name" },
} as const satisfies Record<string, NamesTable>;

export function openNames(db: Database, { table, column }: NamesTable): Names {
  const select = db.query<{ id: number }, [string]>(`SELECT id FROM ${table} WHERE ${column} = ?`);
  const selectText = db.query<{ text: string }, [number]>(`SELECT ${column} AS text FROM ${table} WHERE id = ?`);
  const insert = db.query<{ id: number }, [string]>(`INSERT INTO ${table} (${column}) VALUES (?) RETURNING id`);
  const known = new Map<string, number>();
  const texts = new Map<number, string>();
  let epoch = 0;

  function remember(text: string, id: number): number {
    if (known.size >= rememberedMax) forget();
    known.set(text, id);
    texts.set(id, text);
    return id;
  }

  function forget(): void {
    known.clear();
    texts.clear();
  }

  function readText(id: number): string {
    const text = selectText.get(id)?.text;
    if (text !== undefined) remember(text, id);
    return text ?? "";
  }

  function find(text: string): number {
    const id = known.get(text) ?? select.get(text)?.id;
    return id === undefined ? 0 : remember(text, id);
  }

  return {
    find,
    intern(text) {
      const found = find(text);
      if (found !== 0) return found;
      epoch += 1;
      const id = insert.get(text)?.id;
      if (id === undefined) throw new Error(`no number was given in ${table}`);
      return remember(text, id);
    },
    forget,
    text: (id) => texts.get(id) ?? readText(id),
    get epoch() {
      return epoch;
    },
  };
}
