import { createNatsLink } from "../../../cache/fleet/buses/nats-connection.ts";
import type { DoctorCheck } from "../check.ts";
import { noFleet, readFleetSettings } from "../fleet-plan.ts";

const deadlineMs = 3000;

export const check: DoctorCheck = {
  id: "fleet-bus",
  title: "the fleet's bus takes this machine's connection",
  run: async (context) => {
    const { bus, busCreds, busCa, busCert, busKey } = readFleetSettings(context);
    if (bus === undefined) return noFleet;
    const files = { credsFile: busCreds, caFile: busCa, certFile: busCert, keyFile: busKey };
    const link = createNatsLink({ url: bus, ...files, name: "ballast doctor" });
    try {
      const connection = await link.connection(deadlineMs);
      const roundTripMs = await connection.rtt();
      const version = connection.info?.version ?? "of unknown version";
      const hasJetStream = connection.info?.jetstream === true;
      if (hasJetStream) return { status: "ok", found: `NATS ${version}, ${roundTripMs} ms away` };
      return {
        status: "problem",
        found: `the NATS server ${version} has no JetStream`,
        why: "The fleet's index is a JetStream bucket.",
        todo: "Start it with -js, or name servers that have it.",
      };
    } finally {
      await link.close();
    }
  },
};
