/** The bench's command line. */

import { type FlagSpecs, parseFlags } from "../../src/core/flags.ts";
import { BenchFailure } from "../measure/failure.ts";
import { parsePeers, type Peer } from "./peers.ts";

const benchNames = ["helper", "runner", "server", "trust"] as const;
export type BenchName = (typeof benchNames)[number];

export interface BenchOptions {
  readonly name: BenchName;
  /** `PATH@VERSION`, or a folder. */
  readonly module: string;
  readonly package: string;
  readonly pairs: number;
  readonly coldPairs: number;
  readonly roundTripMs: number;
  readonly peers: readonly Peer[];
  /** Of single bodies, of each size. */
  readonly bodies: number;
  /** Of one load on a server. */
  readonly durationMs: number;
  readonly streams: number;
  readonly json: string | undefined;
  readonly workParent: string | undefined;
  readonly keepsFiles: boolean;
}

const defaultModule = "github.com/moby/buildkit@v0.34.2";
const defaultPackage = "./cmd/buildctl";
/** Rounds when none are asked for. */
const defaultPairs: Readonly<Record<BenchName, number>> = { helper: 20, runner: 10, server: 5, trust: 10 };

const flags = {
  module: { type: "string", doc: "PATH@VERSION from the module proxy, or a folder.", default: defaultModule },
  package: {
    type: "string",
    doc: `The program to build; ${defaultPackage} of the default module, else the folder itself.`,
  },
  pairs: { type: "number", integer: true, min: 1, doc: "Rounds." },
  coldPairs: { type: "number", integer: true, min: 1, default: 3, doc: "Rounds of first builds (helper)." },
  rtt: { type: "duration", default: 20, doc: "The round trip of the far server (runner)." },
  peer: { type: "string", multiple: true, valueName: "NAME=COMMAND", doc: "Another helper; may be repeated." },
  bodies: { type: "number", integer: true, min: 100, default: 20_000, doc: "Single bodies of each size (server)." },
  duration: { type: "duration", default: 5000, doc: "How long each load lasts (server)." },
  streams: { type: "number", integer: true, min: 1, default: 64, doc: "Streams at once (server)." },
  json: { type: "string", valueName: "FILE", doc: "Where all values go." },
  work: { type: "string", valueName: "DIR", doc: "Where the temporary folder is made; 5 GB and a real disk." },
  keep: { type: "boolean", doc: "Leave the temporary folder." },
} as const satisfies FlagSpecs;

/** Throws BenchFailure for anything but one bench's name, and the flag parser's errors. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseFlags(flags, argv);
  const name = benchNames.find((one) => one === positionals[0]);
  if (name === undefined || positionals.length !== 1) {
    throw new BenchFailure(`npm run bench -- ${benchNames.join("|")} [FLAGS]; bench/README.md lists the flags`);
  }
  return {
    name,
    module: values.module,
    package: values.package ?? (values.module === defaultModule ? defaultPackage : "."),
    pairs: values.pairs ?? defaultPairs[name],
    coldPairs: values.coldPairs,
    roundTripMs: values.rtt,
    peers: parsePeers(values.peer),
    bodies: values.bodies,
    durationMs: values.duration,
    streams: values.streams,
    json: values.json,
    workParent: values.work,
    keepsFiles: values.keep === true,
  };
}
