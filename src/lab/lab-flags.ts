import type { FlagSpecs } from "../core/flags.ts";

/** The flags that every lab has. */
export const labFlags = {
  budget: {
    type: "duration",
    valueName: "TIME",
    doc: "Take the best design that fits into this time, for instance 10m.",
  },
  seed: {
    type: "number",
    integer: true,
    min: 0,
    default: 1,
    doc: "What the order of runs and all chance are made from.",
  },
  dir: {
    type: "string",
    valueName: "DIR",
    defaultText: "a new folder in the user's cache folder",
    doc: "Where raw values are kept, a JSON line for each run.",
  },
  resume: {
    type: "string",
    valueName: "DIR",
    doc: "Go on with the experiment whose raw values are in this folder.",
  },
  html: {
    type: "string",
    valueName: "FILE",
    doc: "Also write one page with plots, which needs no other file or host.",
  },
  json: { type: "boolean", doc: "Print one JSON object." },
} as const satisfies FlagSpecs;
