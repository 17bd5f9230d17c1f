/**
 * The relay as a process of its own: `relay-process.ts HOST:PORT ROUND_TRIP_MS [BYTES_PER_SECOND]`. Prints its port, and
 * ends with its standard input, so that it does not outlive the bench.
 */

import { startRelay } from "../../src/build/demo/relay/relay.ts";

const [target = "", roundTrip = "", speed] = process.argv.slice(2);
const [host = "", port = ""] = target.split(":");
const relay = startRelay({
  target: { host, port: Number(port) },
  roundTripMs: Number(roundTrip),
  bytesPerSecond: speed === undefined ? undefined : Number(speed),
});
console.log(relay.port);
for await (const _ of Bun.stdin.stream());
process.exit(0);
