import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { hasCode } from "../../core/errors.ts";
import { systemClock } from "../../core/clock.ts";
import { observeUrl } from "./observe-url.ts";

function recorded(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}

/** As the second reading, but with 500 waits of more than 10 ms. */
const late = recorded("client-golang-two.txt").replace(
  /(go_sched_latencies_seconds_bucket\{le="(?:0\.117\d+|\+Inf)"\}) \d+/g,
  "$1 2743",
);

let asked = 0;
const answers: Readonly<Record<string, () => Response>> = {
  "/metrics": () => new Response(recorded(`client-golang-${asked++ % 2 === 0 ? "one" : "two"}.txt`)),
  "/late": () => new Response(asked++ % 2 === 0 ? recorded("client-golang-one.txt") : late),
  "/debug/vars": () => new Response(recorded("expvar.json")),
  "/html": () => new Response("<html></html>"),
  "/json": () => new Response("{}"),
  "/torn": () => new Response('{"memstats":'),
  "/large": () => new Response("go_x 1\n".repeat(2_000_000)),
  "/elsewhere": () => Response.redirect("http://127.0.0.1:1/", 302),
};
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request) => answers[new URL(request.url).pathname]?.() ?? new Response("", { status: 404 }),
});
afterAll(() => server.stop(true));

function look(path: string): ReturnType<typeof observeUrl> {
  asked = 0;
  const url = new URL(path, server.url).href;
  return observeUrl(url, 10, systemClock, new AbortController().signal);
}

describe("what a program says of itself", () => {
  test("no wait to speak of is unknown, not no fault", async () => {
    const seen = await look("/metrics");
    expect(seen).toMatchObject({ source: "prometheus", isFault: false });
    expect(seen.latencyP99Ms).toBeLessThan(1);
    expect(seen.summary).toStartWith("unknown");
    expect(seen.blind[0]).toContain("throttling");
  });

  test("long waits for a processor are a fault", async () => {
    expect(await look("/late")).toMatchObject({ isFault: true });
  });

  test("expvar of a real program tells nothing of the scheduler", async () => {
    expect(await look("/debug/vars")).toMatchObject({ source: "expvar", isFault: false });
  });
});

describe("what cannot be read", () => {
  for (const path of ["/nothing", "/html", "/json", "/torn", "/large", "/elsewhere"]) {
    test(path, async () => {
      const failure: unknown = await look(path).catch((cause: unknown) => cause);
      expect(hasCode(failure, "lab/observe-url-unreadable")).toBe(true);
    });
  }
});
