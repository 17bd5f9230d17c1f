/** What `ballast cache` asks of a server, as `src/server/handlers/admin.ts` answers it. */

import { readFileSync } from "node:fs";
import type { EntryFilter } from "../protocol/entry-filter.ts";
import type { RunUses, SurveyedAction, SurveyPage } from "./survey-shape.ts";
import { hasStringFields } from "./json-shape.ts";
import { inspectErrors } from "./errors.ts";

export interface ServerAddress {
  readonly server: string;
  readonly token?: string | undefined;
  readonly caFile?: string | undefined;
}

/** `GET /v1/stats`. */
export interface ServerStats {
  readonly entries: number;
  readonly outputs: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  /** What the bodies take on the server's disk. */
  readonly fileBytes: number;
  readonly kinds: readonly { kind: string; outputs: number; rawBytes: number; storedBytes: number }[];
  readonly scopes: readonly { scope: string; entries: number }[];
  /** What happened since the server's start. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A line of `GET /v1/entries`. Ids are hex, times milliseconds since 1970. */
export interface ServerEntry {
  readonly action: string;
  readonly output: string;
  readonly kind: string;
  readonly sizeBytes: number;
  readonly storedBytes: number;
  readonly scope: string;
  readonly timeMs: number;
  readonly putMs: number;
  readonly usedMs: number;
  readonly costMs: number;
  /** Who wrote it. */
  readonly provenance: Readonly<Record<string, string>>;
  readonly version: number;
  readonly cursor: string;
}

export interface ServerGcReport {
  readonly entries: number;
  readonly outputs: number;
  readonly freedBytes: number;
  readonly fileBytes: number;
}

/** A line of `POST /v1/verify`; the last one has counted all. */
export interface ServerVerifyLine {
  readonly outputs: number;
  readonly outputsTotal: number;
  readonly storedBytes: number;
  readonly damaged: number;
}

/** `GET /v1/digest`. */
export interface ServerDigest {
  /** Which incarnation of which node answered. */
  readonly source: string;
  readonly version: number;
  /** Changes that have not reached the bus. */
  readonly pending: number;
  readonly purges: number;
  readonly entries: number;
  readonly shards: readonly { readonly entries: number; readonly digest: string }[];
}

/** Of `GET /v1/purge`. */
export interface ServerPurge {
  readonly id: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly keepsOut: boolean;
  readonly match: Readonly<Record<string, unknown>>;
}

/** A purge beside its filter. */
export interface PurgeTerms {
  readonly keepOut?: boolean;
  readonly forMs?: number;
}

const pageLimit = 1000;
/** A request that makes no progress for so long is given up. */
const stallMs = 60_000;
/** Collecting and purging answer when they are done. */
const workMs = 30 * 60_000;

/** All methods throw `inspect/server-unreachable` and `inspect/server-refused`, or the signal's reason. */
export class ServerApi {
  readonly url: string;
  readonly #headers: Record<string, string> = {};
  readonly #init: BunFetchRequestInit = { redirect: "error" };
  readonly #signal: AbortSignal;

  constructor({ server, token, caFile }: ServerAddress, signal: AbortSignal) {
    this.url = server.replace(/\/+$/, "");
    this.#signal = signal;
    if (token !== undefined) this.#headers["authorization"] = `Bearer ${token}`;
    if (caFile !== undefined) this.#init.tls = { ca: readFileSync(caFile, "utf8") };
  }

  async stats(): Promise<ServerStats> {
    return this.#json<ServerStats>("/v1/stats", {}, stallMs);
  }

  /** All entries that the filter names, page by page. */
  async *entries(filter: Omit<EntryFilter, "provenance" | "unusedSinceMs" | "sinceMs">): AsyncGenerator<ServerEntry> {
    for (let after: string | undefined; ;) {
      const query = new URLSearchParams({
        ...filter,
        limit: String(pageLimit),
        ...(after === undefined ? {} : { after }),
      });
      const text = await this.#text(`/v1/entries?${query.toString()}`, {}, stallMs);
      const lines = text.split("\n").filter((line) => line !== "");
      for (const line of lines) {
        const entry = this.#parse<ServerEntry>(line);
        after = entry.cursor;
        yield entry;
      }
      if (lines.length < pageLimit) return;
    }
  }

  /** Actions with all that scopes hold of them, page by page. */
  async *survey(what: "conflicts" | "unreproduced" | "all", action?: string): AsyncGenerator<SurveyedAction> {
    for (let after: string | undefined; ;) {
      const place = { ...(action === undefined ? {} : { action }), ...(after === undefined ? {} : { after }) };
      const query = new URLSearchParams({ what, limit: "500", ...place });
      const page = await this.#json<SurveyPage>(`/v1/survey?${query.toString()}`, {}, stallMs);
      yield* page.actions;
      if (page.cursor === undefined) return;
      after = page.cursor;
    }
  }

  /** The runs that were given entries. */
  async uses(name: "run" | "action" | "output", value: string): Promise<readonly RunUses[]> {
    const query = new URLSearchParams({ [name]: value });
    return (await this.#json<{ runs: readonly RunUses[] }>(`/v1/uses?${query.toString()}`, {}, stallMs)).runs;
  }

  /** A whole body; `undefined` when the server does not hold it any more. */
  async output(output: string): Promise<Uint8Array | undefined> {
    return this.#attempt(async (signal) => {
      const response = await this.#fetch(`/v1/outputs/${output}`, {}, signal);
      if (response.status === 404) return undefined;
      await this.#requireOk(response);
      return response.bytes();
    }, stallMs);
  }

  async digest(): Promise<ServerDigest> {
    return this.#json<ServerDigest>("/v1/digest", {}, stallMs);
  }

  async purges(): Promise<readonly ServerPurge[]> {
    return (await this.#json<{ purges: readonly ServerPurge[] }>("/v1/purge", {}, stallMs)).purges;
  }

  async purge(filter: (EntryFilter | { readonly all: true }) & PurgeTerms): Promise<ServerGcReport> {
    return this.#json<ServerGcReport>("/v1/purge", { method: "POST", body: JSON.stringify(filter) }, workMs);
  }

  async gc(): Promise<ServerGcReport> {
    return this.#json<ServerGcReport>("/v1/gc", { method: "POST" }, workMs);
  }

  /** Lines as the server comes on. A server that ends without having looked at everything is unreachable. */
  async verify(onLine: (line: ServerVerifyLine) => void): Promise<ServerVerifyLine> {
    const last = await this.#attempt(async (signal, touch) => {
      const response = await this.#fetch("/v1/verify", { method: "POST" }, signal);
      await this.#requireOk(response);
      let line: ServerVerifyLine | undefined;
      for await (const text of linesOf(response)) {
        touch();
        line = this.#parse<ServerVerifyLine>(text);
        onLine(line);
      }
      return line;
    }, stallMs);
    if (last === undefined || last.outputs < last.outputsTotal) {
      throw inspectErrors.error(
        "inspect/server-unreachable",
        `${this.url}: it stopped before it had checked everything`,
      );
    }
    return last;
  }

  /** The node's own copy of itself, piece by piece, as a tar archive. */
  async backup(onChunk: (chunk: Uint8Array) => void): Promise<void> {
    await this.#attempt(async (signal, touch) => {
      const response = await this.#fetch("/v1/backup", {}, signal);
      await this.#requireOk(response);
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        touch();
        onChunk(chunk);
      }
    }, workMs);
  }

  async #json<Value>(path: string, init: BunFetchRequestInit, limitMs: number): Promise<Value> {
    return this.#parse<Value>(await this.#text(path, init, limitMs));
  }

  async #text(path: string, init: BunFetchRequestInit, limitMs: number): Promise<string> {
    return this.#attempt(async (signal) => {
      const response = await this.#fetch(path, init, signal);
      await this.#requireOk(response);
      return response.text();
    }, limitMs);
  }

  #fetch(path: string, init: BunFetchRequestInit, signal: AbortSignal): Promise<Response> {
    return fetch(this.url + path, {
      ...this.#init,
      ...init,
      headers: this.#headers,
      signal,
      timeout: false,
    } as BunFetchRequestInit);
  }

  /** Runs one request; `touch` puts its deadline off. */
  async #attempt<Value>(
    act: (signal: AbortSignal, touch: () => void) => Promise<Value>,
    limitMs: number,
  ): Promise<Value> {
    const stall = new AbortController();
    const arm = (): ReturnType<typeof setTimeout> =>
      setTimeout(() => stall.abort(new Error(`no answer for ${limitMs / 1000} s`)), limitMs);
    let timer = arm();
    try {
      return await act(AbortSignal.any([this.#signal, stall.signal]), () => {
        clearTimeout(timer);
        timer = arm();
      });
    } catch (cause) {
      this.#signal.throwIfAborted();
      if (!(cause instanceof Error) || cause.name === "BallastError") throw cause;
      throw inspectErrors.error("inspect/server-unreachable", `${this.url}: ${cause.message}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  async #requireOk(response: Response): Promise<void> {
    if (response.ok) return;
    throw inspectErrors.error(
      "inspect/server-refused",
      `${this.url}: ${refusalText(response.status, await response.text())}`,
    );
  }

  #parse<Value>(text: string): Value {
    try {
      return JSON.parse(text) as Value;
    } catch (cause) {
      throw inspectErrors.error("inspect/server-unreachable", `${this.url}: it answers, but not as a cache server`, {
        cause,
      });
    }
  }
}

/** The code and the detail of a server's own error, or the status of something that is no Ballast server. */
function refusalText(status: number, body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    if (hasStringFields(error, ["code", "what", "detail"])) return `${error.what} (${error.detail}; ${error.code})`;
  } catch {
    return `status ${status}`; // a proxy's page, for instance
  }
  return `status ${status}`;
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
  if (rest !== "") yield rest;
}
