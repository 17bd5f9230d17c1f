import { openSharedStore } from "../../../cache/fleet/stores/open-shared-store.ts";
import { codec } from "../../../cache/protocol/entry.ts";
import type { DoctorCheck } from "../check.ts";
import { noFleet, readFleetSettings } from "../fleet-plan.ts";

const deadlineMs = 5000;

export const check: DoctorCheck = {
  id: "fleet-store",
  title: "the fleet's store takes a body and gives it back",
  run: async (context) => {
    const settings = readFleetSettings(context);
    const { store: url, storeEndpoint: endpoint, storeRegion: region, storePathStyle: pathStyle } = settings;
    if (url === undefined) return noFleet;
    const store = openSharedStore({
      settings: { url, endpoint, region, pathStyle },
      env: context.env,
      nowMs: () => context.clock.nowMs(),
    });
    const body = Buffer.from(`ballast doctor ${crypto.randomUUID()}`);
    const output = new Bun.CryptoHasher("sha256").update(body).digest("hex");
    const startedMs = context.clock.monotonicMs();
    await store.put(output, codec.identity, body, deadlineMs);
    const found = await store.get(output, deadlineMs);
    const isSame = found !== undefined && (await new Response(found.bytes).text()) === body.toString();
    await store.delete(output, deadlineMs);
    const wallMs = Math.round(context.clock.monotonicMs() - startedMs);
    if (isSame) return { status: "ok", found: `${url}: put, read and deleted a body in ${wallMs} ms` };
    return {
      status: "problem",
      found: `${url} gave back something else than was put`,
      why: "Something between here and the store keeps old answers or changes bodies.",
      todo: "Check proxies on the way. Nodes refuse what is not what its id says, so everything there is a miss.",
    };
  },
};
