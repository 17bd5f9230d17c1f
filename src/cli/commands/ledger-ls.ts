import { formatDuration } from "../../core/human-units.ts";
import { formatTable } from "../../core/table.ts";
import { type AttributeValue, eventLimits, type StoredEvent } from "../../ledger/event.ts";
import { timeText } from "../cache-text.ts";
import { defineCommand } from "../command.ts";
import { eventFilterFlags, eventJson, eventQuery, ledgerFlags, withLedger } from "../ledger-access.ts";

/** `ballast ledger ls` */
export const command = defineCommand({
  path: ["ledger", "ls"],
  summary: "list what the ledger holds, the newest first",
  details: "The number in the first column, or an event's key, is what `ballast ledger show` takes.",
  flags: {
    ...ledgerFlags,
    ...eventFilterFlags,
    limit: {
      type: "number",
      integer: true,
      min: 1,
      max: eventLimits.page,
      default: 50,
      doc: "At most so many events.",
    },
    json: { type: "boolean", doc: "Print JSON, one event a line." },
  },
  examples: [
    { line: "ballast ledger ls --since 1d", remark: "What happened since yesterday." },
    {
      line: "ballast ledger ls --where cicd.pipeline.task.run.result=failure --json",
      remark: "The go commands that failed.",
    },
  ],
  run: async (context, given) => {
    const query = { ...eventQuery(given), order: "newest" as const, limit: given.limit };
    const events = await withLedger(context, given, (ledger) => ledger.find(query));
    if (given.json === true) for (const event of events) context.stdout.write(`${JSON.stringify(eventJson(event))}\n`);
    else context.stdout.write(events.length === 0 ? "no events\n" : listing(events));
    return 0;
  },
});

function listing(events: readonly StoredEvent[]): string {
  const columns = [{ title: "NO", align: "right" as const }, "TIME", "NAME", "RESULT", "TOOK", "WHAT"];
  return formatTable(
    columns,
    events.map(({ seq, timeMs, name, attributes }) => [
      String(seq),
      timeText(timeMs),
      name,
      text(attributes["cicd.pipeline.task.run.result"]),
      tookText(attributes["ballast.duration_ms"]),
      text(attributes["process.command_args"]),
    ]),
  );
}

function tookText(value: AttributeValue | undefined): string {
  return typeof value === "number" ? formatDuration(value) : "";
}

function text(value: AttributeValue | undefined): string {
  if (value === undefined) return "";
  return Array.isArray(value) ? value.join(" ") : String(value);
}
