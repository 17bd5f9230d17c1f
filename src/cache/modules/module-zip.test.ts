import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modFileHash, recordedHashes } from "./dir-hash.ts";
import { hashModuleZip } from "./module-zip.ts";

const folder = mkdtempSync(join(tmpdir(), "ballast-zip-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A zip of files as they are, without packing. */
function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const [locals, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [raw, nameBytes] = [Buffer.from(text), Buffer.from(name)];
    const shared = Buffer.alloc(26);
    shared.writeUInt32LE(Bun.hash.crc32(raw), 10);
    shared.writeUInt32LE(raw.length, 14);
    shared.writeUInt32LE(raw.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    locals.push(Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), shared, nameBytes, raw]));
    directory.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), shared, rest, nameBytes]));
    offset += 30 + nameBytes.length + raw.length;
  }
  const end = Buffer.alloc(22);
  Buffer.from([0x50, 0x4b, 5, 6]).copy(end);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

function hash(bytes: Uint8Array): Promise<string> {
  const path = join(folder, "module.zip");
  writeFileSync(path, bytes);
  return hashModuleZip(path, "example.org/a", "v1.0.0");
}

const good = { "example.org/a@v1.0.0/go.mod": "module example.org/a\n", "example.org/a@v1.0.0/a.go": "package a\n" };

describe("a module's zip", () => {
  test("has the hash that go.sum has, whatever the order of its files", async () => {
    // sha256sum over both files, sorted, as `go mod download -json` prints it.
    const lines = Object.entries(good)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, text]) => `${new Bun.CryptoHasher("sha256").update(text).digest("hex")}  ${name}\n`);
    const expected = `h1:${new Bun.CryptoHasher("sha256").update(lines.join("")).digest("base64")}`;
    expect(await hash(zipOf(good))).toBe(expected);
    expect(await hash(zipOf(Object.fromEntries(Object.entries(good).toReversed())))).toBe(expected);
  });

  test.each([
    ["cut off", zipOf(good).subarray(0, -30)],
    ["empty", Buffer.alloc(0)],
    ["with a file outside", zipOf({ ...good, "../a": "" })],
    ["of another version", zipOf({ "example.org/a@v1.0.1/go.mod": "" })],
    ["with a folder", zipOf({ "example.org/a@v1.0.0/b/": "" })],
    ["with a name of another system", zipOf({ "example.org/a@v1.0.0/b\\c": "" })],
    ["with random bytes", Buffer.from(crypto.getRandomValues(new Uint8Array(5000)))],
  ])("that is %s is refused", async (_what, bytes) => {
    await expect(hash(bytes)).rejects.toMatchObject({ code: "modules/zip-malformed" });
  });

  test("whose bytes are changed anywhere is refused or has another hash, never a failure of another kind", async () => {
    const zip = zipOf(good);
    const right = await hash(zip);
    for (let at = 0; at < zip.length; at += 3) {
      const changed = Buffer.from(zip);
      changed[at] = (changed[at] as number) ^ 0x41;
      const found = await hash(changed).catch((cause: unknown) => (cause as { code?: string }).code);
      // What no reader looks at (times, sums of another kind) may change and leave the content as it is.
      expect(found === right || found === "modules/zip-malformed" || found?.startsWith("h1:") === true).toBe(true);
    }
  });
});

test("a record of the checksum database is read for its own version only", () => {
  const record =
    "12\nexample.org/a v1.0.0 h1:zip=\nexample.org/a v1.0.0/go.mod h1:mod=\n\ngo.sum database tree\n5\nx\n";
  expect(recordedHashes(record, "example.org/a", "v1.0.0")).toEqual({ zip: "h1:zip=", mod: "h1:mod=" });
  expect(recordedHashes(record, "example.org/a", "v1.0.1")).toBeUndefined();
  expect(recordedHashes(record, "example.org/b", "v1.0.0")).toBeUndefined();
  expect(recordedHashes("", "example.org/a", "v1.0.0")).toBeUndefined();
});

test("a go.mod by itself has the hash that go.sum has in its second line", () => {
  // From a go.sum: gopkg.in/check.v1's go.mod of one line.
  expect(modFileHash(Buffer.from("module gopkg.in/check.v1\n"))).toBe(
    "h1:Co6ibVJAznAaIkqp8huTwlJQCZ016jof/cbN4VW5Yz0=",
  );
});
