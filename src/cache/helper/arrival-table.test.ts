import { expect, test } from "bun:test";
import fc from "fast-check";
import { arrival, ArrivalTable, arrivalTableBytes } from "./arrival-table.ts";

const sha = (text: string): Buffer => Buffer.from(new Bun.CryptoHasher("sha256").update(text).digest());

test("what was announced is found, by every view of the memory, and nothing else", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 5000 }), { maxLength: 300 }), fc.nat({ max: 5000 }), (names, other) => {
      const memory = new SharedArrayBuffer(arrivalTableBytes);
      const [writer, reader] = [new ArrivalTable(memory), new ArrivalTable(memory)];
      expect(reader.isEmpty).toBe(true);
      for (const [i, name] of names.entries()) writer.announce(sha(`${name}`), name, i * 10);
      for (const [i, name] of names.entries()) {
        const entry = reader.find(sha(`${name}`));
        expect(reader.readAnnounced(entry)).toEqual({ costMs: name, streamEnd: i * 10 });
        expect(reader.state(entry)).toBe(arrival.pending);
      }
      if (!names.includes(other)) expect(reader.find(sha(`${other}`))).toBe(-1);
    }),
    { numRuns: 20 },
  );
});

test("an entry that came is told whole, one that was refused as such", () => {
  const memory = new SharedArrayBuffer(arrivalTableBytes);
  const [writer, reader] = [new ArrivalTable(memory), new ArrivalTable(memory)];
  writer.announce(sha("a"), 42, 1);
  writer.announce(sha("b"), 0, 2);
  const arrived = { output: sha("out"), sizeBytes: 2 ** 31, timeNs: 1_700_000_000_123_456_789n, costMs: 42 };
  writer.arrive(writer.find(sha("a")), arrived);
  writer.fail(writer.find(sha("b")));
  const entry = reader.find(sha("a"));
  expect(reader.state(entry)).toBe(arrival.arrived);
  expect(reader.read(entry)).toMatchObject({ sizeBytes: 2 ** 31, timeNs: 1_700_000_000_123_456_789n, costMs: 42 });
  expect(Buffer.from(reader.read(entry).output).equals(sha("out"))).toBe(true);
  expect(reader.state(reader.find(sha("b")))).toBe(arrival.failed);
});

test("one announced twice is one", () => {
  const table = new ArrivalTable(new SharedArrayBuffer(arrivalTableBytes));
  table.announce(sha("a"), 1, 1);
  table.announce(sha("a"), 2, 2);
  expect(table.readAnnounced(table.find(sha("a")))).toEqual({ costMs: 1, streamEnd: 1 });
});
