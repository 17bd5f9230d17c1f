/** A query as SQL, but for what the stores' dialects differ in. */

import { eventLimits, type LedgerEvent, requireValidEvent } from "./event.ts";
import { ledgerErrors } from "./errors.ts";
import type { EventQuery } from "./store.ts";

/** Collects values and answers with their placeholder. */
export type Bind = (value: string | number) => string;

/** How a dialect says that an attribute has a value. */
export type AttributeTest = (name: string, value: string | number | boolean, bind: Bind) => string;

/** `WHERE … ORDER BY … LIMIT …` of a query. */
export function queryTail(query: EventQuery, bind: Bind, attributeTest: AttributeTest): string {
  const tests: string[] = [];
  if (query.name !== undefined) tests.push(`name = ${bind(query.name)}`);
  if (query.fromMs !== undefined) tests.push(`time_ms >= ${bind(query.fromMs)}`);
  if (query.untilMs !== undefined) tests.push(`time_ms < ${bind(query.untilMs)}`);
  if (query.afterSeq !== undefined) tests.push(`seq > ${bind(query.afterSeq)}`);
  for (const [name, value] of Object.entries(query.where ?? {})) tests.push(attributeTest(name, value, bind));
  const where = tests.length === 0 ? "" : `WHERE ${tests.join(" AND ")} `;
  const limit = Math.max(1, Math.min(query.limit, eventLimits.page));
  return `${where}ORDER BY seq ${query.order === "oldest" ? "ASC" : "DESC"} LIMIT ${bind(limit)}`;
}

/** Throws `ledger/event-invalid` for a batch that no store takes. */
export function requireValidBatch(events: readonly LedgerEvent[]): void {
  if (events.length > eventLimits.batch) {
    throw ledgerErrors.error("ledger/event-invalid", `${events.length} events at once, at most ${eventLimits.batch}`);
  }
  for (const event of events) requireValidEvent(event);
}
