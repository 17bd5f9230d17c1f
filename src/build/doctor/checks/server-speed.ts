import { formatDuration } from "../../../core/human-units.ts";
import type { DoctorCheck } from "../check.ts";

/** Go has at most as many lookups open as processors: at 50 ms, 800 of them on 4 processors are 10 s of waiting. */
const slowMs = 50;

export const check: DoctorCheck = {
  id: "server-speed",
  title: "the server is near",
  run: async (context) => {
    const probe = await context.server();
    if (probe === undefined) return { status: "skipped", found: "no server is set" };
    const times = probe.roundTripsMs.toSorted((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    if (median === undefined) return { status: "skipped", found: "the server did not answer" };
    const found = `${formatDuration(median)} a round trip (median of ${times.length}); the first, with connecting, ${formatDuration(probe.firstMs)}`;
    if (median <= slowMs) return { status: "ok", found };
    return {
      status: "warning",
      found,
      why: "Lookups depend on one another, so round trips add up; Ballast stops waiting when a run's wait limit is spent, and misses.",
      todo: "Run a server nearer to the runners: in their network or region, and not behind a slow proxy.",
    };
  },
};
