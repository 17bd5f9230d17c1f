import { defineErrors, exitStatus } from "../core/errors.ts";

/** The codes of the ledger. */
export const ledgerErrors = defineErrors({
  "ledger/not-configured": {
    exit: exitStatus.usage,
    what: "no ledger is configured",
    why: "Neither a file nor an address is named, so nothing was recorded and nothing can be read.",
    todo: "Name a file with --ledger-file, BALLAST_LEDGER_FILE or `ledger.file` in ballast.yaml, or a Postgres with BALLAST_LEDGER_URL.",
  },
  "ledger/event-invalid": {
    exit: exitStatus.usage,
    what: "an event cannot be recorded as it is",
    why: "A name, a value or a size is outside of what the ledger holds on every one of its stores.",
    todo: "Correct the event; the limits are in docs/reference/ledger.md.",
  },
  "ledger/event-unknown": {
    exit: exitStatus.usage,
    what: "the ledger has no such event",
    why: "No event has this key or this number.",
    todo: "`ballast ledger ls` lists the events with their numbers; `--json` shows their keys.",
  },
  "ledger/unreachable": {
    exit: exitStatus.dependency,
    what: "the ledger cannot be reached",
    why: "The file cannot be opened or written, or the database does not answer in time.",
    todo: "Check the path and its permissions, or the address, the network and the database's log.",
  },
  "ledger/damaged": {
    exit: exitStatus.dependency,
    what: "the ledger's file is damaged or is none",
    why: "SQLite refuses it. A ledger is never begun anew by itself: what it holds cannot be made again.",
    todo: "Move the file away, save what can be read with `sqlite3 FILE .recover`, and let a new one begin.",
  },
  "ledger/full": {
    exit: exitStatus.dependency,
    what: "the ledger is full",
    why: "The disk has no room, or the file has reached `ledger.maxSize`. Events are never removed to make room.",
    todo: "Keep the events with `ballast ledger export`, move the file away, or raise `ledger.maxSize`.",
  },
  "ledger/schema-newer": {
    exit: exitStatus.dependency,
    what: "the ledger was written by a newer Ballast",
    why: "Its tables have a version that this Ballast does not know, and writing to them could break it.",
    todo: "Use the newer Ballast here too, or another ledger.",
  },
  "ledger/key-unusable": {
    exit: exitStatus.dependency,
    what: "the key for hidden values cannot be used",
    why: "The file cannot be read or made, or holds fewer than 32 characters.",
    todo: "Name a file with `ledger.keyFile` that this user may read, with at least 32 random characters.",
  },
});
