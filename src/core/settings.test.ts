import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { BallastError } from "./errors.ts";
import { parseFlags } from "./flags.ts";
import { defineSettings, problemText, requireSettings, resolveSettings, settingFlags } from "./settings.ts";
import type { SettingSources } from "./settings.ts";

const specs = defineSettings({
  server: { type: "url", doc: "Where.", path: "cache.server" },
  token: { type: "string", doc: "Secret.", secret: true, flag: false, path: false },
  port: { type: "number", doc: "Port.", default: 80, min: 1, max: 65_535, integer: true },
  verbose: { type: "boolean", doc: "More.", default: false },
  wait: { type: "duration", doc: "Time.", default: 2500, env: "BALLAST_WAIT_TIME" },
  maxSize: { type: "size", doc: "Space.", default: 1e9, path: "cache.maxSize" },
  mode: { type: "choice", doc: "How.", choices: ["read-write", "read-only"], default: "read-write" },
  data: { type: "path", doc: "Folder." },
  share: { type: "list", doc: "Kinds.", choices: ["compile", "vet"], default: ["compile"] },
  store: { type: "url", doc: "Database.", protocols: ["postgres:"] },
});

function file(values: Record<string, unknown>): NonNullable<SettingSources["file"]> {
  return { path: "/repo/ballast.yaml", values };
}

function problems(sources: SettingSources): string[] {
  return resolveSettings(specs, sources).problems.map(problemText);
}

describe("values", () => {
  test("without any source: the defaults", () => {
    const { values, origins, problems: none } = resolveSettings(specs, {});
    expect(values).toEqual({
      server: undefined,
      token: undefined,
      port: 80,
      verbose: false,
      wait: 2500,
      maxSize: 1e9,
      mode: "read-write",
      data: undefined,
      share: ["compile"],
      store: undefined,
    });
    expect(origins.port).toEqual({ source: "default", name: "default" });
    expect(origins.server).toBeUndefined();
    expect(none).toEqual([]);
  });

  test("each type from the environment", () => {
    const env = {
      BALLAST_SERVER: "https://cache:7420/x",
      BALLAST_TOKEN: "t0ken",
      BALLAST_PORT: "8080",
      BALLAST_VERBOSE: "On",
      BALLAST_WAIT_TIME: "1m",
      BALLAST_MAX_SIZE: "10GiB",
      BALLAST_MODE: "read-only",
      BALLAST_DATA: "a/b",
      BALLAST_SHARE: "vet, compile,vet",
      BALLAST_STORE: "postgres://db/x",
    };
    const { values, problems: none } = resolveSettings(specs, { env, cwd: "/work" });
    expect(none).toEqual([]);
    expect(values).toEqual({
      server: "https://cache:7420/x",
      token: "t0ken",
      port: 8080,
      verbose: true,
      wait: 60_000,
      maxSize: 10 * 1024 ** 3,
      mode: "read-only",
      data: "/work/a/b",
      share: ["vet", "compile"],
      store: "postgres://db/x",
    });
  });

  test("each type from the file; paths are relative to it", () => {
    const values = {
      cache: { server: "http://c:1", maxSize: 4096 },
      port: 81,
      verbose: true,
      wait: "2s",
      mode: "read-only",
      data: "d",
      share: ["vet"],
    };
    const resolved = resolveSettings(specs, { file: file(values), cwd: "/elsewhere" });
    expect(resolved.problems).toEqual([]);
    expect(resolved.values).toMatchObject({
      server: "http://c:1",
      maxSize: 4096,
      port: 81,
      verbose: true,
      wait: 2000,
      mode: "read-only",
      data: "/repo/d",
      share: ["vet"],
    });
    expect(resolved.origins.server).toEqual({ source: "file", name: "ballast.yaml: cache.server" });
  });

  test("flags made from the settings carry what was typed", () => {
    const argv = ["--server", "http://f:2", "--no-verbose", "--share", "compile", "--share=vet", "--wait=3s"];
    const flags = parseFlags(settingFlags(specs), argv).values;
    const { values, origins } = resolveSettings(specs, { flags, env: { BALLAST_VERBOSE: "1" } });
    expect(values).toMatchObject({ server: "http://f:2", verbose: false, share: ["compile", "vet"], wait: 3000 });
    expect(origins.verbose).toEqual({ source: "flag", name: "--verbose" });
    expect(Object.keys(flags)).not.toContain("token");
  });

  test("an empty variable is one that is not set", () => {
    expect(resolveSettings(specs, { env: { BALLAST_SERVER: "", BALLAST_PORT: "" } }).problems).toEqual([]);
  });
});

describe("problems", () => {
  test("a setting that the file may not hold is said to belong elsewhere", () => {
    expect(problems({ file: file({ cache: { token: "s3cret" } }) })).toEqual([
      "ballast.yaml: cache.token: is not taken from this file; use BALLAST_TOKEN, and remove the key",
    ]);
  });

  test("all are reported together, with their place and their fix", () => {
    const sources: SettingSources = {
      flags: { port: "0" },
      env: { BALLAST_SERVER: "cache:7420", BALLAST_MODE: "readonly", BALLAST_VERBOSE: "maybe" },
      file: file({ cache: { maxSize: "10G", sever: "x" }, wiat: "2s", share: ["vett"], wait: 2 }),
    };
    expect(problems(sources)).toEqual([
      'BALLAST_SERVER: "cache:7420" is not an address that begins with http:// or https://; write an address that begins with http:// or https://',
      '--port: "0" is not a whole number from 1 to 65535; write a whole number from 1 to 65535',
      'BALLAST_VERBOSE: "maybe" is not true or false; write true or false',
      "ballast.yaml: wait: 2 is not a duration such as 500ms, 2s or 10m; write a duration such as 500ms, 2s or 10m",
      'ballast.yaml: cache.maxSize: "10G" is not a size such as 512MB or 10GiB; write a size such as 512MB or 10GiB',
      'BALLAST_MODE: "readonly" is not one of read-write, read-only (did you mean read-only?); write one of read-write, read-only',
      'ballast.yaml: share: "vett" is not a list of compile, vet (did you mean vet?); write a list of compile, vet',
      "ballast.yaml: cache.sever: no setting has this name (did you mean server?); correct the name or remove the key",
      "ballast.yaml: wiat: no setting has this name (did you mean wait?); correct the name or remove the key",
    ]);
  });

  test("a wrong value leaves the next valid source in force", () => {
    const { values, origins } = resolveSettings(specs, { env: { BALLAST_PORT: "x" }, file: file({ port: 90 }) });
    expect(values.port).toBe(90);
    expect(origins.port?.source).toBe("file");
    expect(resolveSettings(specs, { env: { BALLAST_PORT: "x" } }).values.port).toBe(80);
  });

  test("a wrong value that is overridden is still reported", () => {
    expect(problems({ flags: { port: "1" }, file: file({ port: "eighty" }) })).toHaveLength(1);
  });

  test("a secret's value is never shown", () => {
    const secret = defineSettings({ pin: { type: "number", doc: "", secret: true } });
    const [problem] = resolveSettings(secret, { env: { BALLAST_PIN: "hunter2" } }).problems;
    expect(problem?.what).toBe("the value (not shown: it is a secret) is not a number");
  });

  test("sections, empty values and other rooms' keys", () => {
    expect(problems({ file: file({ cache: null }) })).toEqual([]);
    expect(problems({ file: file({ cache: 3 }) })).toEqual([
      "ballast.yaml: cache: is not a mapping; put its keys below it, indented",
    ]);
    expect(problems({ file: file({ port: null }) })[0]).toContain("has no value");
    expect(problems({ file: file({ slo: { target: 1 } }), otherPaths: ["slo.target"] })).toEqual([]);
    expect(problems({ file: file({ slo: { taget: 1 } }), otherPaths: ["slo.target"] })[0]).toContain(
      "slo.taget: no setting has this name (did you mean target?)",
    );
    expect(problems({ file: file({ ["__proto__x"]: 1, constructor: 2 }) })).toHaveLength(2);
  });

  test("requireSettings throws one error with all of them", () => {
    const resolved = resolveSettings(specs, { env: { BALLAST_PORT: "x", BALLAST_MODE: "y" } });
    expect(() => requireSettings(resolved)).toThrow(BallastError);
    expect(() => requireSettings(resolved)).toThrow(/BALLAST_PORT.*\n.*BALLAST_MODE/);
    expect(requireSettings(resolveSettings(specs, {})).port).toBe(80);
  });
});

describe("laws", () => {
  const port = fc.integer({ min: 1, max: 65_535 });

  test("the strongest source that says something wins", () => {
    const sources = fc.record({ flag: fc.option(port), env: fc.option(port), yaml: fc.option(port) });
    fc.assert(
      fc.property(sources, ({ flag, env, yaml }) => {
        const { values, origins } = resolveSettings(specs, {
          flags: flag === null ? {} : { port: String(flag) },
          env: env === null ? {} : { BALLAST_PORT: String(env) },
          file: file(yaml === null ? {} : { port: yaml }),
        });
        expect(values.port).toBe(flag ?? env ?? yaml ?? 80);
        const expected = [
          [flag, "flag"],
          [env, "env"],
          [yaml, "file"],
        ].find(([value]) => value !== null)?.[1];
        expect(origins.port?.source).toBe((expected ?? "default") as "flag");
      }),
    );
  });

  test("any file and environment are resolved or reported, and values keep their types", () => {
    const keys = fc.constantFrom("port", "wait", "cache", "mode", "share", "verbose", "data", "toString");
    const fileValues = fc.dictionary(keys, fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>);
    const env = fc.record({ BALLAST_PORT: fc.string(), BALLAST_SHARE: fc.string(), BALLAST_WAIT_TIME: fc.string() });
    fc.assert(
      fc.property(fileValues, env, (values, variables) => {
        const resolved = resolveSettings(specs, { file: file(values), env: variables });
        expect(Number.isInteger(resolved.values.port)).toBe(true);
        expect(Number.isInteger(resolved.values.wait)).toBe(true);
        expect(["read-write", "read-only"]).toContain(resolved.values.mode);
        expect(resolved.values.share.every((word) => ["compile", "vet"].includes(word))).toBe(true);
      }),
    );
  });
});

test("resolving takes less than a millisecond: it is on the helper's start", () => {
  const sources = { env: { BALLAST_SERVER: "http://c:1", BALLAST_MODE: "read-only" }, file: file({ cache: {} }) };
  const durationsMs = Array.from({ length: 50 }, () => {
    const startedMs = performance.now();
    resolveSettings(specs, sources);
    return performance.now() - startedMs;
  });
  expect(Math.min(...durationsMs)).toBeLessThan(1);
});
