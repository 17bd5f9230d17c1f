import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BallastError } from "../../core/errors.ts";
import { createAbsenceSet, readAbsenceSet } from "./absence.ts";
import { limits } from "./limits.ts";
import { decodeAnnouncements, encodeAnnouncements, joinJson, readRunJob, setDigest, splitJson } from "./run.ts";

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const announcements = fc.array(
  fc.record({
    action: id,
    costMs: fc.integer({ min: 0, max: 0xffffffff }),
    wireBytes: fc.integer({ min: 0, max: 0xffffffff }),
  }),
  { maxLength: 20 },
);

/** The code of what is thrown; the test fails for anything but a `BallastError`. */
function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (cause) {
    expect(cause).toBeInstanceOf(BallastError);
    return (cause as BallastError).code;
  }
}

describe("announcements", () => {
  test("are read as they were written; a torn last one is left out", () => {
    fc.assert(
      fc.property(announcements, fc.nat({ max: 39 }), (items, extra) => {
        const bytes = Buffer.concat([encodeAnnouncements(items), Buffer.alloc(extra)]);
        const read = decodeAnnouncements(bytes).map((item) => ({ ...item, action: Buffer.from(item.action) }));
        expect(read).toEqual(items);
      }),
    );
  });

  test("any bytes give one for each forty", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(decodeAnnouncements(bytes)).toHaveLength(Math.floor(bytes.length / 40));
      }),
    );
  });
});

describe("a run's head", () => {
  test("comes back with the bytes behind it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.uint8Array({ maxLength: 100 }), (value, bytes) => {
        fc.pre(Buffer.byteLength(JSON.stringify(value)) <= limits.runHeadBytes);
        const split = splitJson(joinJson(value, bytes));
        expect(JSON.stringify(split.value)).toBe(JSON.stringify(value));
        expect(Buffer.from(bytes).equals(split.bytes)).toBe(true);
      }),
    );
  });

  test("anything else is malformed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect([undefined, "protocol/malformed"]).toContain(
          codeOf(() => readRunJob(splitJson(Buffer.from(bytes)).value)),
        );
      }),
    );
  });

  /** What was once thought of as a way to break a reader. */
  const corpus: readonly [string, Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["half a length", Buffer.from([1, 0])],
    ["a length beyond the body", Buffer.from([200, 0, 0, 0, 123, 125])],
    ["the largest length", Buffer.from([255, 255, 255, 255])],
    ["a length beyond the limit, and as many bytes", Buffer.concat([uint32(9000), Buffer.alloc(9000, 32)])],
    ["null", joinText("null")],
    ["a number", joinText("7")],
    ["a list", joinText("[]")],
    ["an object without fields", joinText("{}")],
    ["fields of other types", joinText('{"job":{},"family":[],"revision":1}')],
    ["brackets without end", joinText("[".repeat(8000))],
    ["a name beyond the limit", joinText(JSON.stringify({ job: "x".repeat(501), family: "", revision: "" }))],
    ["bytes that are no UTF-8", Buffer.concat([uint32(4), Buffer.from([0xff, 0xfe, 0x80, 0xc0])])],
    ["a prototype", joinText('{"__proto__":{"job":"a","family":"b","revision":"c"}}')],
  ];
  for (const [what, bytes] of corpus) {
    test(`${what} is malformed`, () => {
      expect(codeOf(() => readRunJob(splitJson(bytes).value))).toBe("protocol/malformed");
    });
  }

  function uint32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  }

  function joinText(text: string): Buffer {
    return Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)]);
  }
});

describe("the digest of a set of actions", () => {
  test("does not depend on their order, and changes with one of them", () => {
    const sets = fc.uniqueArray(id, { minLength: 1, maxLength: 12, selector: (bytes) => bytes.toString("hex", 0, 16) });
    fc.assert(
      fc.property(sets, fc.nat(), (actions, pick) => {
        const digest = setDigest(Buffer.concat(actions));
        expect(setDigest(Buffer.concat(actions.toReversed()))).toBe(digest);
        const less = actions.filter((_, i) => i !== pick % actions.length);
        expect(setDigest(Buffer.concat(less))).not.toBe(digest);
      }),
    );
  });
});

describe("the absence set", () => {
  test("holds all that was added, before and after the network", () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 200 }), fc.nat({ max: 300 }), (actions, room) => {
        const set = createAbsenceSet(room);
        for (const action of actions) set.add(action);
        const read = readAbsenceSet(Buffer.from(set.bytes));
        for (const action of actions) expect(set.mayHold(action) && read.mayHold(action)).toBe(true);
      }),
    );
  });

  test("seldom holds anything else", () => {
    const random = (): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(32)));
    const set = createAbsenceSet(5000);
    for (let i = 0; i < 5000; i++) set.add(random());
    let held = 0;
    for (let i = 0; i < 20_000; i++) if (set.mayHold(random())) held++;
    expect(held / 20_000).toBeLessThan(0.02);
  });

  test("any bytes are a set or malformed, and a set never says no to itself", () => {
    const heads = fc.tuple(fc.constantFrom(0x41424c46, 0), fc.integer({ min: 0, max: 0xffffffff }), fc.nat({ max: 8 }));
    fc.assert(
      fc.property(heads, fc.uint8Array({ maxLength: 300 }), ([magic, bits, hashes], rest) => {
        const head = Buffer.alloc(16);
        head.writeUInt32LE(magic, 0);
        head.writeUInt32LE(bits, 4);
        head.writeUInt32LE(hashes, 8);
        expect([undefined, "protocol/malformed"]).toContain(
          codeOf(() => readAbsenceSet(Buffer.concat([head, rest])).mayHold(Buffer.alloc(32, 7))),
        );
      }),
    );
    for (const length of [0, 1, 15, 16]) {
      expect(codeOf(() => readAbsenceSet(Buffer.alloc(length)))).toBe("protocol/malformed");
    }
  });
});
