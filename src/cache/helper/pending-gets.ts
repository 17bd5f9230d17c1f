/** Go's lookups that have no answer yet. Each is answered exactly once: a second answer to one id is fatal to Go. */

import { hitAnswer, missAnswer, TimeText } from "../../go/cacheprog/answers.ts";
import { isMovedAway } from "../local/moved-away.ts";
import type { WireEntry } from "../protocol/entry.ts";

export class PendingGets {
  /** The ids of Go's requests by action (base64). */
  readonly #ids = new Map<string, number[]>();
  /** Writes whole lines to Go. */
  readonly #answer: (line: string) => void;
  readonly #times = new TimeText();

  readonly #goFolder: string;

  /** @param goFolder GOCACHE as go has it */
  constructor(answer: (line: string) => void, goFolder: string) {
    this.#answer = answer;
    this.#goFolder = goFolder;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(action: string): boolean {
    return this.#ids.has(action);
  }

  /** The actions that are waited for; may shrink while it is walked. */
  actions(): Iterable<string> {
    return this.#ids.keys();
  }

  /** Whether nobody waited for this action before. */
  add(id: number, action: string): boolean {
    const others = this.#ids.get(action);
    if (others === undefined) this.#ids.set(action, [id]);
    else others.push(id);
    return others === undefined;
  }

  miss(action: string): void {
    this.#settle(action, missAnswer);
  }

  missAll(): void {
    for (const action of this.#ids.keys()) this.miss(action);
  }

  /** A miss where go would take the file away. */
  hit(action: string, entry: Pick<WireEntry, "output" | "sizeBytes" | "timeNs">, path: string): void {
    if (isMovedAway(path, this.#goFolder)) return this.miss(action);
    const output = Buffer.from(entry.output).toString("base64");
    const [quoted, time] = [JSON.stringify(path), this.#times.of(entry.timeNs)];
    this.#settle(action, (id) => hitAnswer(id, output, entry.sizeBytes, time, quoted));
  }

  #settle(action: string, line: (id: number) => string): void {
    const ids = this.#ids.get(action) ?? [];
    this.#ids.delete(action);
    for (const id of ids) this.#answer(line(id));
  }
}
