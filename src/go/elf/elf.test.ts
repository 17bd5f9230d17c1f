/** Against `readelf`, `objcopy`, `nm`, `go tool buildid` and `go version -m`, on a program that go builds here. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { findSection, readElf, readSymbols, sectionBytes, symbolContent, type ElfFile } from "./elf-file.ts";
import { goBuildId, goBuildInfo } from "./go-identity.ts";

const folder = mkdtempSync(join(tmpdir(), "elf-"));
const program = join(folder, "program");
let file: ElfFile;

function say(...argv: string[]): string {
  const child = Bun.spawnSync(argv, { cwd: folder, env: { ...process.env, GOENV: "off", GOFLAGS: "" } });
  if (child.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${child.stderr.toString()}`);
  return child.stdout.toString();
}

beforeAll(() => {
  writeFileSync(join(folder, "go.mod"), "module example.org/elf\n\ngo 1.24\n");
  writeFileSync(join(folder, "main.go"), "package main\n\nfunc main() { println(1) }\n");
  say("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-X 'main.a=b c' -X main.q=\"", "-o", program, ".");
  const read = readElf(readFileSync(program));
  if (read === undefined) throw new Error("this test needs a platform whose programs are ELF64");
  file = read;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("sections are those that readelf lists", () => {
  const listed = say("readelf", "-SW", program).matchAll(
    /^ +\[ *(\d+)\] (\S*) +(\S+) +([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+)/gm,
  );
  const rows = [...listed].map(([, , name = "", , address = "", offset = "", size = ""]) => [
    name,
    address,
    offset,
    size,
  ]);
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  const ours = file.sections.map((one) => [one.name, hex(one.address, 16), hex(one.offset, 6), hex(one.sizeBytes, 6)]);
  expect(rows.length).toBeGreaterThan(20);
  expect(ours.slice(1)).toEqual(rows.slice(1));
});

test("debug sections are unpacked", () => {
  const packed = file.sections.filter(({ flags, name }) => (flags & 0x800) !== 0 && name.startsWith(".debug"));
  expect(packed.length).toBeGreaterThan(3);
  for (const section of packed) {
    const dumped = say(
      "objcopy",
      `--dump-section=${section.name}=${join(folder, "section")}`,
      "--decompress-debug-sections",
      program,
      "/dev/null",
    );
    expect(dumped).toBe("");
    expect(sectionBytes(file, section).equals(readFileSync(join(folder, "section")))).toBe(true);
  }
});

test("symbols are those of nm", () => {
  const rows = say("nm", "-S", program).matchAll(/^([0-9a-f]{16}) ([0-9a-f]{16}) [Tt] (.*)$/gm);
  const theirs = [...rows].map(([, address, size, name]) => `${address} ${size} ${name}`).toSorted();
  const hex = (value: number): string => value.toString(16).padStart(16, "0");
  const text = file.sections.findIndex(({ name }) => name === ".text");
  const functions = readSymbols(file).filter(({ type, section }) => type === 2 && section === text);
  const sized = functions.filter(({ sizeBytes }) => sizeBytes > 0);
  const ours = sized.map(({ address, sizeBytes, name }) => `${hex(address)} ${hex(sizeBytes)} ${name}`);
  expect(ours.length).toBeGreaterThan(1000);
  expect(ours.toSorted()).toEqual(theirs);
  const main = functions.find(({ name }) => name === "main.main");
  expect(symbolContent(file, main as (typeof functions)[0])).toHaveLength((main as (typeof functions)[0]).sizeBytes);
});

test("the build id and the build information are what go reads", () => {
  expect(`${goBuildId(file)?.text}\n`).toBe(say("go", "tool", "buildid", program));
  const info = goBuildInfo(file);
  const theirs = JSON.parse(say("go", "version", "-m", "-json", program)) as {
    GoVersion: string;
    Path: string;
    Settings: { Key: string; Value: string }[];
  };
  expect(info?.goVersion).toBe(theirs.GoVersion);
  expect(info?.path).toBe(theirs.Path);
  expect(info?.main).toMatchObject({ path: "example.org/elf" });
  expect([...(info?.settings ?? [])]).toEqual(theirs.Settings.map(({ Key, Value }) => [Key, Value]));
});

test("modules, replacements and quoted settings", () => {
  const text = [
    "path\tx",
    "mod\tx\t(devel)\t",
    "dep\ta\tv1.0.0\th1:=",
    "dep\tb\tv1.0.0",
    "=>\t./b\t(devel)\t",
    'build\t-ldflags="-X \\"a=b\\"\\n"',
    'build\t"k=y"=v',
    "build\tCGO_ENABLED=1",
    "",
  ].join("\n");
  const body = Buffer.concat([Buffer.alloc(16), Buffer.from(text), Buffer.alloc(16)]);
  const head = Buffer.alloc(32);
  head.write("\xff Go buildinf:\x08\x02", "latin1");
  const varint = (value: number): Buffer => Buffer.from(value < 128 ? [value] : [(value & 127) | 128, value >> 7]);
  const section = Buffer.concat([head, varint(6), Buffer.from("go1.27"), varint(body.length), body]);
  const info = goBuildInfo(oneSection(".go.buildinfo", section));
  expect(info?.deps).toEqual([
    { path: "a", version: "v1.0.0", sum: "h1:=" },
    { path: "./b", version: "(devel)", sum: "", replaces: "b" },
  ]);
  expect([...(info?.settings ?? [])]).toEqual([
    ["-ldflags", '-X "a=b"\n'],
    ["k=y", "v"],
    ["CGO_ENABLED", "1"],
  ]);
  expect(goBuildInfo(oneSection(".go.buildinfo", section.subarray(0, 60)))).toBeUndefined();
});

function oneSection(name: string, bytes: Buffer): ElfFile {
  const section = { name, type: 1, flags: 0, address: 0, offset: 0, sizeBytes: bytes.length, link: 0, align: 1 };
  return { bytes, isLittleEndian: true, machine: 62, sections: [section] };
}

describe("bad files", () => {
  test("whatever byte is changed, the answer is an answer or go/elf-malformed", () => {
    const original = file.bytes;
    const tableAt = Number(original.readBigUInt64LE(40));
    const count = original.readUInt16LE(60);
    const place = fc.oneof(
      fc.integer({ min: 4, max: 63 }),
      fc.integer({ min: tableAt, max: tableAt + count * 64 - 1 }),
      fc.integer({ min: 0, max: original.length - 1 }),
    );
    const edits = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, (list) => {
        const before: number[] = [];
        for (const [at, value] of list) {
          before.push(original[at] as number);
          original[at] = value;
        }
        try {
          const read = readElf(original);
          for (const section of read?.sections.slice(0, 60) ?? []) {
            if (section.sizeBytes < 50_000) sectionBytes(read as ElfFile, section);
          }
          if (read !== undefined) goBuildInfo(read);
        } catch (cause) {
          expect((cause as { code?: string }).code).toBe("go/elf-malformed");
        } finally {
          // Backwards: a place may be in the list twice.
          for (const [index, [at]] of [...list.entries()].toReversed()) original[at] = before[index] as number;
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a cut file, another kind of file, a bomb", () => {
    expect(readElf(Buffer.from("#!/bin/sh\n".repeat(20)))).toBeUndefined();
    expect(readElf(Buffer.alloc(3))).toBeUndefined();
    expect(() => readElf(file.bytes.subarray(0, 600))).toThrow("outside");
    const header = Buffer.alloc(24);
    header.writeUInt32LE(1, 0);
    header.writeBigUInt64LE(4n, 8);
    const bomb = Buffer.concat([header, Bun.deflateSync(new Uint8Array(1 << 20), { windowBits: 15 } as never)]);
    const made = oneSection(".debug_info", bomb);
    const section = { ...(made.sections[0] as (typeof made.sections)[0]), flags: 0x800 };
    expect(() => sectionBytes(made, section)).toThrow();
    expect(findSection(made, ".absent")).toBeUndefined();
  });
});
