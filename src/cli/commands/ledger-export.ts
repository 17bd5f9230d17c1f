import { defineCommand } from "../command.ts";
import { eventFilterFlags, eventJson, eventQuery, ledgerFlags, withLedger } from "../ledger-access.ts";

/** Events that are read at once. */
const pageEvents = 1000;

/** `ballast ledger export` */
export const command = defineCommand({
  path: ["ledger", "export"],
  summary: "print the ledger as JSON lines, the oldest first",
  details:
    "One event a line, with its number as `seq`. Numbers grow in the order in which events became visible: whoever " +
    "keeps the last one and gives it to --after the next time gets each event once.",
  flags: {
    ...ledgerFlags,
    ...eventFilterFlags,
    after: { type: "number", integer: true, min: 0, doc: "Only events behind this number." },
    limit: { type: "number", integer: true, min: 1, doc: "At most so many events." },
  },
  examples: [
    { line: "ballast ledger export > ledger.jsonl", remark: "All of it." },
    { line: "ballast ledger export --after 1207", remark: "What came since." },
  ],
  run: async (context, given) => {
    const filter = eventQuery(given);
    await withLedger(context, given, async (ledger) => {
      let left = given.limit ?? Number.POSITIVE_INFINITY;
      for (let afterSeq = given.after; left > 0;) {
        context.signal.throwIfAborted();
        const limit = Math.min(pageEvents, left);
        const page = await ledger.find({ ...filter, afterSeq, order: "oldest", limit });
        context.stdout.write(page.map((event) => `${JSON.stringify(eventJson(event))}\n`).join(""));
        if (page.length < limit) return;
        afterSeq = page.at(-1)?.seq;
        left -= page.length;
      }
    });
    return 0;
  },
});
