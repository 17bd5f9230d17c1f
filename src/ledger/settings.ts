import { defineSettings } from "../core/settings.ts";

/** Where events are recorded, and what of them may be read by others. */
export const ledgerSettings = defineSettings({
  file: {
    type: "path",
    path: "ledger.file",
    env: "BALLAST_LEDGER_FILE",
    flag: "ledger-file",
    doc: "The SQLite file of the ledger; made when it is not there. Without it and without `ledger.url` nothing is recorded.",
  },
  url: {
    type: "url",
    protocols: ["postgres:", "postgresql:"],
    secret: true,
    path: "ledger.url",
    env: "BALLAST_LEDGER_URL",
    flag: false,
    doc: "The address of a Postgres database for the ledger, postgres://USER:PASSWORD@HOST/DATABASE; wins over `ledger.file`.",
  },
  keyFile: {
    type: "path",
    path: "ledger.keyFile",
    env: "BALLAST_LEDGER_KEY_FILE",
    flag: false,
    doc: "A file with the key under which values that may be secret are hashed; the same on all machines makes their hashes comparable. `ballast/ledger.key` under $XDG_DATA_HOME or ~/.local/share when not set, made on first use.",
  },
  plain: {
    type: "list",
    default: [],
    path: "ledger.plain",
    env: "BALLAST_LEDGER_PLAIN",
    flag: false,
    doc: "Flags and variables whose values are recorded as they are, `GOFLAGS`, `-ldflags`; all others that may hold secrets are recorded as keyed hashes.",
  },
  maxSize: {
    type: "size",
    default: 1_073_741_824,
    path: "ledger.maxSize",
    env: "BALLAST_LEDGER_MAX_SIZE",
    flag: false,
    doc: "What the ledger's file may grow to; then further events are refused with a warning.",
  },
  waitLimit: {
    type: "duration",
    default: 2000,
    path: "ledger.waitLimit",
    env: "BALLAST_LEDGER_WAIT_LIMIT",
    flag: false,
    doc: "What a command waits for the ledger at most.",
  },
});
