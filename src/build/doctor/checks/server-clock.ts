import { formatDuration } from "../../../core/human-units.ts";
import type { CheckResult, DoctorCheck } from "../check.ts";
import type { ServerProbe } from "../server-probe.ts";

const noticedMs = 5000;
/** Signed requests and tokens are commonly refused at five minutes. */
const harmfulMs = 300_000;

export const check: DoctorCheck = {
  id: "server-clock",
  title: "the clocks agree",
  run: async (context) => {
    const probe = await context.server();
    if (probe === undefined) return { status: "skipped", found: "no server is set" };
    if (probe.ahead === undefined) return { status: "skipped", found: "the server did not tell its time" };
    return judgeClock(probe.ahead);
  },
};

/** Exported for its table of cases. */
export function judgeClock({ minMs, maxMs }: NonNullable<ServerProbe["ahead"]>): CheckResult {
  // The interval holds 0: no difference can be told.
  const apartMs = minMs > 0 ? minMs : Math.max(0, -maxMs);
  if (apartMs < noticedMs) return { status: "ok", found: "this machine and the server agree within a few seconds" };
  return {
    status: apartMs >= harmfulMs ? "problem" : "warning",
    found: `the server's clock is ${formatDuration(apartMs)} ${minMs > 0 ? "ahead of" : "behind"} this machine's`,
    why: "Go compares times of entries and files, certificates and tokens are valid for a time, and reports of several machines would be out of order.",
    todo: "Set the clock of whichever is wrong (chrony, systemd-timesyncd, the host of a virtual machine).",
  };
}
