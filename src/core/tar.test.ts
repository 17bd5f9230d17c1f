import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readTar, tarEnd, tarHead, tarPadding } from "./tar.ts";

type Files = Readonly<Record<string, Uint8Array>>;

function archiveOf(files: Files): Buffer {
  const parts = Object.entries(files).flatMap(([name, bytes]) => [
    tarHead({ name, sizeBytes: bytes.length }, 1_790_000_000_000),
    bytes,
    tarPadding(bytes.length),
  ]);
  return Buffer.concat([...parts, tarEnd()]);
}

async function* piecesOf(bytes: Buffer, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function filesOf(archive: Buffer, pieceBytes = 700): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  await readTar(piecesOf(archive, pieceBytes), ({ name }) => {
    const chunks: Uint8Array[] = [];
    return {
      write: (chunk) => void chunks.push(Buffer.from(chunk)),
      end: () => void (found[name] = Buffer.concat(chunks).toString("hex")),
    };
  });
  return found;
}

const names = fc.stringMatching(/^[a-z]{1,8}(\/[a-z0-9.]{1,40}){0,2}$/);

test("what was written is read, whatever the pieces it comes in", async () => {
  const archives = fc.dictionary(names, fc.uint8Array({ maxLength: 1500 }), { maxKeys: 6, noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(archives, fc.integer({ min: 1, max: 3000 }), async (files, pieceBytes) => {
      const expected = Object.fromEntries(
        Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]),
      );
      expect(await filesOf(archiveOf(files), pieceBytes)).toEqual(expected);
    }),
  );
});

test("the machine's own tar unpacks it, and what that packs is read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-tar-"));
  try {
    writeFileSync(join(folder, "a.tar"), archiveOf({ "one/two.txt": Buffer.from("hello"), empty: Buffer.alloc(0) }));
    const unpacked = Bun.spawnSync(["tar", "-xf", "a.tar"], { cwd: folder });
    expect(unpacked.exitCode).toBe(0);
    expect(readFileSync(join(folder, "one/two.txt"), "utf8")).toBe("hello");
    Bun.spawnSync(["tar", "--format=ustar", "-cf", "b.tar", "one/two.txt", "empty"], { cwd: folder });
    expect(await filesOf(readFileSync(join(folder, "b.tar")))).toEqual({
      "one/two.txt": Buffer.from("hello").toString("hex"),
      empty: "",
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what was cut off or changed is refused, not read in part without a word", async () => {
  const archive = archiveOf({ file: Buffer.alloc(2000, "x") });
  for (const length of [100, 512, 1000, 2560, 2600]) {
    await expect(filesOf(archive.subarray(0, length))).rejects.toThrow("cut off");
  }
  const changed = Buffer.from(archive);
  changed.write("g", 0);
  await expect(filesOf(changed)).rejects.toThrow("no tar archive");
  expect(() => tarHead({ name: "x".repeat(101), sizeBytes: 1 }, 0)).toThrow(RangeError);
});
