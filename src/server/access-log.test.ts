import { expect, test } from "bun:test";
import { createManualClock } from "../core/clock.ts";
import { createLogger } from "../core/logger.ts";
import { createAccessLog } from "./access-log.ts";

function lineOf(request: Request, path: string): Record<string, unknown> {
  const lines: string[] = [];
  const clock = createManualClock(1_790_000_000_000);
  const log = createLogger({ write: (line) => lines.push(line), level: "info", clock });
  const response = new Response("abc", { status: 201, headers: { "content-length": "3" } });
  createAccessLog(log)({ request, path, remote: "127.0.0.1", response, durationMs: 1.2345 });
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] as string) as Record<string, unknown>;
}

test("a line says who asked for what, and how it went", () => {
  const headers = { "user-agent": "go/1.26", "ballast-scope": "pr%2F7", "content-length": "12" };
  expect(lineOf(new Request("http://localhost/v1/lookup", { method: "POST", headers }), "/v1/lookup")).toMatchObject({
    message: "request",
    method: "POST",
    path: "/v1/lookup",
    status: 201,
    durationMs: 1.23,
    requestBytes: 12,
    answerBytes: 3,
    remote: "127.0.0.1",
    agent: "go/1.26",
    scope: "pr%2F7",
  });
});

test("no line holds a secret, and none is without end", () => {
  const headers = { authorization: "Bearer the-secret-token", cookie: "a=secret", "user-agent": "x".repeat(5000) };
  const path = `/v1/entries?token=the-secret-token${"y".repeat(5000)}`;
  const text = JSON.stringify(lineOf(new Request("http://localhost/", { headers }), path));
  expect(text).not.toContain("secret");
  expect(text.length).toBeLessThan(1000);
});
