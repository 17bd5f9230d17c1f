import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { createManualClock } from "./clock.ts";
import { coreErrors } from "./core-errors.ts";
import { createLogger, silentLogger } from "./logger.ts";
import type { LogLevel } from "./logger.ts";

function recorder(level: LogLevel = "debug") {
  const lines: string[] = [];
  const logger = createLogger({ write: (line) => lines.push(line), level, clock: createManualClock(0) });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown> };
}

test("one JSON line with time, level, message, then the fields", () => {
  const { logger, lines } = recorder();
  logger.with({ part: "node" }).info("entry stored", { sizeBytes: 12 });
  expect(lines).toEqual([
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"entry stored","part":"node","sizeBytes":12}\n',
  ]);
});

test("lines below the level are dropped", () => {
  const { logger, lines } = recorder("warn");
  logger.debug("a");
  logger.info("b");
  logger.warn("c");
  logger.error("d");
  expect(lines).toHaveLength(2);
  silentLogger.with({}).error("nothing");
});

test("no field can stand in for the head, break the line, or make it fail", () => {
  const { logger, lines, last } = recorder();
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  logger.info("a\nb", {
    level: "error",
    message: "forged\n{}",
    loop,
    big: 1n,
    bytes: new Uint8Array(3),
    at: new Date(NaN),
  });
  expect(lines.join("").split("\n")).toHaveLength(2);
  expect(last()).toMatchObject({ level: "info", message: "a\nb", big: "1", bytes: "[3 bytes]", at: "invalid date" });
});

test("errors of the table by their code, others with their stack, causes below", () => {
  const { logger, last } = recorder();
  const cause = new TypeError("inner");
  logger.error("it failed", { error: coreErrors.error("core/process-failed", "go: exit status 1", { cause }) });
  expect(last()["error"]).toMatchObject({
    code: "core/process-failed",
    message: "go: exit status 1",
    cause: { name: "TypeError", message: "inner", stack: expect.stringContaining("logger.test.ts") as string },
  });
});

describe("redaction", () => {
  test("by key, at any depth", () => {
    const { logger, lines } = recorder();
    const names = [
      "token",
      "accessToken",
      "client_secret",
      "PASSWORD",
      "Authorization",
      "set-cookie",
      "credentials",
      "apiKey",
    ];
    for (const name of names) {
      logger.info("x", { [name]: "hunter2hunter2", nested: [{ [name]: { deep: "hunter2hunter2" } }] });
      logger.with({ [name]: "hunter2hunter2" }).info("x");
      logger.info("x", { map: new Map([[name, "hunter2hunter2"]]) });
    }
    expect(lines.join("")).not.toContain("hunter2");
    expect(lines).toHaveLength(names.length * 3);
  });

  test("inside any text: bearer tokens and the user part of an address", () => {
    const { logger, lines, last } = recorder();
    logger.info("asked https://user:pw@host/x with Bearer abc.def", {
      header: "authorization: bearer eyJhbGciOi.J9-_x==",
      url: new URL("https://ci:s3cr3t@host/path"),
      error: new Error("connect postgres://admin:s3cr3t@db:5432/x failed"),
    });
    expect(lines.join("")).not.toMatch(/pw@|abc\.def|eyJ|s3cr3t|admin/);
    expect(last()["message"]).toBe("asked https://[redacted]@host/x with Bearer [redacted]");
    expect(last()["url"]).toBe("https://[redacted]@host/path");
  });

  test("a boolean about a secret stays", () => {
    const { logger, last } = recorder();
    logger.info("x", { hasToken: true, password: undefined });
    expect(last()["hasToken"]).toBe(true);
  });

  test("a registered secret never appears, wherever it stands", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{6,20}$/);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        // Words of the line itself cannot be told from a secret of the same letters.
        fc.pre(!/info|level|message|time|field|redacted|list/.test(value));
        const { logger, lines } = recorder();
        const child = logger.with({ field: `${before}${value}` });
        logger.addSecret(value);
        child.info(`${before}${value}${after}`, { list: [value, { [value]: value }], error: new Error(value) });
        expect(lines.join("")).not.toContain(value);
      }),
    );
  });

  test("a long hostile text is searched in linear time", () => {
    const { logger, lines } = recorder();
    const startedMs = performance.now();
    logger.info("x", { text: "a.".repeat(100_000), other: "bearer ".repeat(20_000), at: "a://".repeat(50_000) });
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(lines).toHaveLength(1);
  });
});
