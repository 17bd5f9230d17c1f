import { hostname } from "node:os";
import { systemClock } from "../../core/clock.ts";
import type { SettingValues } from "../../core/settings.ts";
import type { Replica } from "../node/replica.ts";
import type { Bus } from "./bus.ts";
import { checkNatsAddress } from "./buses/nats-connection.ts";
import { openNatsBus } from "./buses/nats.ts";
import { fleetErrors } from "./errors.ts";
import { type Fleet, type FleetOptions, joinFleet } from "./fleet.ts";
import type { fleetSettings } from "./settings.ts";
import type { SharedStore } from "./shared-store.ts";
import type { Environment } from "./stores/aws-credentials.ts";
import { openSharedStore } from "./stores/open-shared-store.ts";
import { withSmallBodies } from "./stores/small-bodies.ts";
import { storeErrors } from "./stores/store-errors.ts";

export type FleetSettings = SettingValues<typeof fleetSettings>;

/** Store and bus of a fleet, opened but not yet asked. */
export interface FleetPlan {
  readonly name: string;
  readonly store: SharedStore;
  readonly bus: Bus;
  /** Small bodies, and the days of use. */
  readonly beside: Bus;
  readonly storeDeadlineMs: number;
}

/** `undefined`: this node is alone. Throws `fleet/store-invalid`, `fleet/bus-invalid`. */
export function planFleet(settings: FleetSettings, env: Environment): FleetPlan | undefined {
  const { store, bus } = settings;
  if (store === undefined && bus === undefined) return undefined;
  if (store === undefined) throw storeErrors.error("fleet/store-invalid", "--bus is given without --store");
  if (bus === undefined) throw fleetErrors.error("fleet/bus-invalid", "--store is given without --bus");
  checkNatsAddress(bus);
  if (!/^[\w-]{1,64}$/.test(settings.busBucket)) throw fleetErrors.error("fleet/bus-invalid", settings.busBucket);
  const name = settings.name ?? hostname();
  const openBus = (bucket: string): Bus => openBucket(settings, bus, name, bucket);
  const beside = openBus(`${settings.busBucket}-bodies`);
  return {
    name,
    store: withSmallBodies(openStore(settings, store, env), beside),
    beside,
    bus: openBus(settings.busBucket),
    storeDeadlineMs: settings.storeDeadline,
  };
}

function openBucket(settings: FleetSettings, url: string, name: string, bucket: string): Bus {
  return openNatsBus({
    url,
    credsFile: settings.busCreds,
    caFile: settings.busCa,
    certFile: settings.busCert,
    keyFile: settings.busKey,
    name: `ballast ${name}`,
    bucket,
    replicas: settings.busReplicas,
    maxBytes: settings.busMaxSize,
  });
}

function openStore(settings: FleetSettings, url: string, env: Environment): SharedStore {
  return openSharedStore({
    settings: {
      url,
      endpoint: settings.storeEndpoint,
      region: settings.storeRegion,
      pathStyle: settings.storePathStyle,
    },
    env,
    nowMs: () => Date.now(),
  });
}

export function startFleet(
  plan: FleetPlan,
  replica: Replica,
  options: Pick<FleetOptions, "log" | "maxAgeMs" | "onRepair">,
): Fleet {
  const { store, bus, beside, storeDeadlineMs } = plan;
  return joinFleet({ ...options, replica, store, bus, uses: beside, storeDeadlineMs, clock: systemClock });
}
