/**
 * The audit trail: what was changed by whom, as events of the ledger. Nobody waits for it; what cannot be written is in
 * the log, where each of its events is a line as well.
 */

import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { Attributes, LedgerEvent } from "../../ledger/event.ts";
import { attributeText } from "../../ledger/event.ts";
import type { LedgerConfig } from "../../ledger/open-ledger.ts";
import type { LedgerStore } from "../../ledger/store.ts";

export interface Audit {
  /** Records what happened now. */
  record(name: string, attributes: Attributes): void;
  /** Writes what waits. */
  close(): Promise<void>;
}

/** Events that may wait for a ledger that does not answer; later ones are in the log only. */
const waitingMax = 1000;

export function createAudit(config: LedgerConfig, log: Logger, clock: Clock): Audit {
  let waiting: LedgerEvent[] = [];
  let ledger: Promise<LedgerStore | undefined> | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const events = waiting;
    waiting = [];
    if (events.length === 0) return;
    try {
      const { openLedger } = await import("../../ledger/open-ledger.ts");
      ledger ??= openLedger(config, clock);
      await (await ledger)?.append(events);
    } catch (cause) {
      ledger = undefined;
      log.error("the audit trail could not be written", { cause, events: events.length });
    }
  }

  return {
    record(name, attributes) {
      log.info("audit", { event: name, attributes });
      if (waiting.length >= waitingMax) return;
      waiting.push({ key: crypto.randomUUID(), name, timeMs: clock.nowMs(), attributes: fit(attributes) });
      if (waiting.length === 1) writing = writing.then(write);
    },
    async close() {
      await writing;
      await write();
      await (await ledger?.catch(() => undefined))?.close();
    },
  };
}

/** Texts come from outside: they are made such as every ledger takes them. */
function fit(attributes: Attributes): Attributes {
  const fitted = Object.entries(attributes).map(([name, value]): [string, Attributes[string]] => {
    return [name, typeof value === "string" ? attributeText(value, 1000) : value];
  });
  return Object.fromEntries(fitted);
}
