/** The probe against servers that behave well, badly, and not at all. */

import { afterEach, describe, expect, test } from "bun:test";

import { systemClock } from "../../core/clock.ts";
import { type ProbeOptions, probeServer, readFailure, readHello } from "./server-probe.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function serve(answer: (request: Request) => Response | Promise<Response>): string {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  stops.push(() => void server.stop(true));
  return `http://127.0.0.1:${server.port}`;
}

function listen(onData: (socket: Bun.Socket) => void): string {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: onData } });
  stops.push(() => listener.stop(true));
  return `http://127.0.0.1:${listener.port}`;
}

const probe = (server: string, options: Partial<ProbeOptions> = {}): ReturnType<typeof probeServer> =>
  probeServer({
    server,
    token: undefined,
    caFile: undefined,
    clock: systemClock,
    signal: new AbortController().signal,
    ...options,
  });

const greeting = { protocol: 1, version: "9.9.9", mode: "read-write" };

test("a server that says hello is timed, and its clock is read", async () => {
  const paths: string[] = [];
  const server = serve((request) => {
    paths.push(new URL(request.url).pathname);
    return Response.json(greeting);
  });
  const result = await probe(`${server}/`);
  expect(result).toMatchObject({ url: `${server}/`, hello: { kind: "hello", ...greeting } });
  expect(result.roundTripsMs).toHaveLength(7);
  expect(new Set(paths)).toEqual(new Set(["/v1/hello"]));
  // The runtime writes the Date header from a clock that it reads once a second, later on a busy machine.
  expect(result.ahead!.minMs).toBeLessThanOrEqual(0);
  expect(result.ahead!.maxMs).toBeGreaterThan(-5000);
});

test("a clock that is ahead is seen to be", async () => {
  const date = new Date(Date.now() + 60_000).toUTCString();
  const { ahead } = await probe(serve(() => Response.json(greeting, { headers: { date } })));
  expect(ahead!.minMs).toBeWithin(50_000, 60_001);
  expect(ahead!.maxMs).toBeWithin(59_000, 62_000);
});

test("the token goes to the server, and to nobody that it redirects to", async () => {
  const seen: (string | null)[] = [];
  const other = serve((request) => {
    seen.push(request.headers.get("authorization"));
    return Response.json(greeting);
  });
  await probe(other, { token: "s3cret" });
  expect(seen[0]).toBe("Bearer s3cret");
  seen.length = 0;
  const redirecting = serve(() => Response.redirect(`${other}/v1/hello`));
  expect((await probe(redirecting, { token: "s3cret" })).hello).toEqual({ kind: "stranger", said: "it answered 302" });
  expect(seen).toEqual([]);
});

test("user and password in the address are not shown", async () => {
  const server = serve(() => Response.json(greeting));
  expect((await probe(server.replace("//", "//me:s3cret@"))).url).toBe(server);
});

test("strangers, closed doors and silence", async () => {
  const kinds = async (server: string): Promise<string> => (await probe(server)).hello.kind;
  expect(await kinds(serve(() => new Response("<html>", { status: 200 })))).toBe("stranger");
  expect(await kinds(serve(() => new Response("x".repeat(1_000_000))))).toBe("stranger");
  expect(await kinds("http://127.0.0.1:1")).toBe("unreachable");
  expect(await kinds(listen((socket) => socket.terminate()))).toBe("unreachable");
  expect(await kinds(serve(() => Response.json(greeting)).replace("http:", "https:"))).toBe("tls");
  expect(await kinds(listen(() => undefined))).toBe("silent");
});

test("certificates that are none, and a file that is not there", async () => {
  const server = serve(() => Response.json(greeting));
  expect((await probe(server, { caFile: import.meta.path })).hello.kind).toBe("tls");
  expect((await probe(server, { caFile: "/nowhere" })).hello).toMatchObject({ kind: "tls" });
});

test("an abort is not a finding", async () => {
  const signal = AbortSignal.timeout(50);
  await expect(
    probe(
      listen(() => undefined),
      { signal },
    ),
  ).rejects.toThrow();
});

describe("answers", () => {
  const error = (code: string): string => JSON.stringify({ error: { code } });
  test.each([
    [401, error("server/unauthorized"), { kind: "refused", status: 401, isBallast: true }],
    [403, "<html>forbidden", { kind: "refused", status: 403, isBallast: false }],
    [503, error("server/busy"), { kind: "overloaded" }],
    [503, "busy", { kind: "stranger" }],
    [426, error("protocol/unsupported-version"), { kind: "other-version" }],
    [200, JSON.stringify({ ...greeting, protocol: 99 }), { kind: "other-version" }],
    [200, "[]", { kind: "stranger" }],
    [200, JSON.stringify({ protocol: "1" }), { kind: "stranger" }],
    [404, error("server/path-unknown"), { kind: "stranger" }],
  ])("%d %s", (status, text, outcome) => {
    expect(readHello(status, text)).toMatchObject(outcome);
  });

  test.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "tls"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
    ["ENOTFOUND", "unreachable"],
  ])("%s", (code, kind) => {
    expect(readFailure(Object.assign(new TypeError(code), { code })).kind).toBe(kind as "tls");
  });
});
