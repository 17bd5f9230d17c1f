import { formatFacts } from "../../core/table.ts";
import { ledgerErrors } from "../../ledger/errors.ts";
import type { AttributeValue, StoredEvent } from "../../ledger/event.ts";
import type { LedgerStore } from "../../ledger/store.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";
import { eventJson, isoTime, ledgerFlags, withLedger } from "../ledger-access.ts";

/** `ballast ledger show EVENT` */
export const command = defineCommand({
  path: ["ledger", "show"],
  summary: "show one event of the ledger with all that it says",
  details: "EVENT is the number that `ballast ledger ls` shows, or the event's key.",
  positionals: "EVENT",
  flags: { ...ledgerFlags, json: { type: "boolean", doc: "Print one JSON object." } },
  examples: [{ line: "ballast ledger show 42", remark: "The event with this number." }],
  run: async (context, given, [word, extra]) => {
    if (word === undefined) throw cliErrors.error("cli/argument-invalid", "EVENT is missing");
    if (extra !== undefined) throw cliErrors.error("cli/argument-unexpected", JSON.stringify(extra));
    const event = await withLedger(context, given, (ledger) => find(ledger, word));
    if (event === undefined) throw ledgerErrors.error("ledger/event-unknown", word);
    context.stdout.write(given.json === true ? `${JSON.stringify(eventJson(event))}\n` : factsOf(event));
    return 0;
  },
});

async function find(ledger: LedgerStore, word: string): Promise<StoredEvent | undefined> {
  const seq = /^\d{1,15}$/.test(word) ? Number(word) : undefined;
  if (seq === undefined) return ledger.get(word);
  const [event] = await ledger.find({ afterSeq: seq - 1, order: "oldest", limit: 1 });
  return event?.seq === seq ? event : ledger.get(word);
}

function factsOf({ seq, key, name, timeMs, seenMs, attributes }: StoredEvent): string {
  return formatFacts([
    ["number", String(seq)],
    ["key", key],
    ["name", name],
    ["time", isoTime(timeMs)],
    ["seen", isoTime(seenMs)],
    ...Object.entries(attributes).map(([attribute, value]): [string, string] => [attribute, valueText(value)]),
  ]);
}

function valueText(value: AttributeValue): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
