import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCode } from "../core/errors.ts";
import { createHideValue, defaultKeyFile, readHashKey } from "./hidden-values.ts";

const folder = mkdtempSync(join(tmpdir(), "ballast-key-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("hiding values", () => {
  const key = "k".repeat(32);
  const hide = createHideValue(key, ["GOFLAGS"]);

  test("equal values under one name have equal hashes, all else differs, and the value is not in it", () => {
    expect(hide("CGO_CFLAGS", "-DPASSWORD=hunter2")).toMatch(/^hmac:[0-9a-f]{32}$/);
    expect(hide("CGO_CFLAGS", "a")).toBe(hide("CGO_CFLAGS", "a"));
    expect(hide("CGO_CFLAGS", "a")).not.toBe(hide("CGO_CFLAGS", "b"));
    expect(hide("CGO_CFLAGS", "a")).not.toBe(hide("CC", "a"));
    expect(hide("CGO_CFLAGS", "a")).not.toBe(createHideValue("o".repeat(32), [])("CGO_CFLAGS", "a"));
    // The key matters: a plain SHA-256 could be guessed at.
    const plain = new Bun.CryptoHasher("sha256").update("CGO_CFLAGS\0a").digest("hex").slice(0, 32);
    expect(hide("CGO_CFLAGS", "a")).not.toBe(`hmac:${plain}`);
  });

  test("what policy names is shown", () => {
    expect(hide("GOFLAGS", "-trimpath")).toBe("-trimpath");
  });
});

describe("the key's file", () => {
  test("is made once, for its owner alone, and read from then on", () => {
    const path = join(folder, "deep", "ledger.key");
    const key = readHashKey(path);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(readHashKey(path)).toBe(key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toBe(`${key}\n`);
  });

  test("a short key and a folder are refused", () => {
    const path = join(folder, "short.key");
    writeFileSync(path, "secret\n");
    for (const bad of [path, folder]) {
      let caught: unknown;
      try {
        readHashKey(bad);
      } catch (cause) {
        caught = cause;
      }
      expect(hasCode(caught, "ledger/key-unusable")).toBe(true);
    }
  });

  test("lies with the user's data", () => {
    expect(defaultKeyFile({ XDG_DATA_HOME: "/data" }, "/root")).toBe("/data/ballast/ledger.key");
    expect(defaultKeyFile({ HOME: "/home/a" }, "/root")).toBe("/home/a/.local/share/ballast/ledger.key");
  });
});
