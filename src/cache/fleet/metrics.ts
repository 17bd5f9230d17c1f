import { createMetrics, defineMetrics } from "../../core/metrics.ts";
import type { FleetCounts } from "./fleet-counts.ts";

/**
 * What happens between a node and its fleet; `/metrics` shows it of a node that is in one.
 *
 * @public the reference is generated from it
 */
export const fleetMetrics = defineMetrics({
  pending: {
    type: "gauge",
    name: "ballast_fleet_pending_changes",
    help: "Changes of this node that wait for the shared store or the bus.",
  },
  following: {
    type: "gauge",
    name: "ballast_fleet_bus_following",
    help: "1 while this node has all that is on the bus and follows it.",
  },
  storeUsable: {
    type: "gauge",
    name: "ballast_fleet_store_usable",
    help: "0 while the shared store is left alone because it failed.",
  },
  receiveLag: {
    type: "gauge",
    name: "ballast_fleet_receive_lag_seconds",
    help: "From a put on another node to its being known here, by both nodes' clocks; the last one.",
  },
  changes: {
    type: "counter",
    name: "ballast_fleet_changes_total",
    help: "Changes, by what became of them.",
    labels: ["event"],
  },
  errors: {
    type: "counter",
    name: "ballast_fleet_errors_total",
    help: "Failures of the bus and of the shared store.",
    labels: ["of"],
  },
  bodies: {
    type: "counter",
    name: "ballast_fleet_bodies_total",
    help: "Bodies brought to the shared store and from it.",
    labels: ["direction"],
  },
  bytes: {
    type: "counter",
    name: "ballast_fleet_body_bytes_total",
    help: "Their bytes, as stored.",
    labels: ["direction"],
  },
  repairs: {
    type: "counter",
    name: "ballast_fleet_repairs_total",
    help: "Outputs whose body was gone from the shared store or damaged there, and whose entries were removed.",
  },
  ended: {
    type: "counter",
    name: "ballast_fleet_ended_total",
    help: "Entries that this node ended because nobody in the fleet used them any more.",
  },
});

export interface FleetGauges {
  readonly pending: number;
  readonly isFollowing: boolean;
  readonly isStoreUsable: boolean;
}

/** Writes the metrics out; what was counted since the last time is added. */
export function createFleetMetrics(counts: Readonly<FleetCounts>, gauges: () => FleetGauges): () => string {
  const { instruments, render } = createMetrics(fleetMetrics);
  let told: Readonly<FleetCounts> | undefined;
  const since = (key: keyof FleetCounts): number => counts[key] - (told?.[key] ?? 0);
  instruments.pending.follow(() => gauges().pending);
  instruments.following.follow(() => Number(gauges().isFollowing));
  instruments.storeUsable.follow(() => Number(gauges().isStoreUsable));
  instruments.receiveLag.follow(() => counts.receiveLagMs / 1000);
  return () => {
    for (const event of ["published", "conflicts", "received", "malformed", "resynchronised"] as const) {
      instruments.changes.add(since(event), { event });
    }
    instruments.errors.add(since("busErrors"), { of: "bus" });
    instruments.errors.add(since("storeErrors"), { of: "store" });
    instruments.bodies.add(since("uploadedBodies"), { direction: "to" });
    instruments.bodies.add(since("fetchedBodies"), { direction: "from" });
    instruments.bytes.add(since("uploadedBytes"), { direction: "to" });
    instruments.bytes.add(since("fetchedBytes"), { direction: "from" });
    instruments.repairs.add(since("repairs"));
    instruments.ended.add(since("ended"));
    told = { ...counts };
    return render();
  };
}
