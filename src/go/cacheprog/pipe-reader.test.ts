import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PipeReader } from "./pipe-reader.ts";

type Seen = { kind: string; id: number; body?: string };

function record() {
  const seen: Seen[] = [];
  let body: Buffer[] = [];
  let put = 0;
  const reader = new PipeReader({
    get: (id) => seen.push({ kind: "get", id }),
    putStart: (id) => ((put = id), (body = [])),
    putBytes: (bytes) => body.push(Buffer.from(bytes)),
    putEnd: () => seen.push({ kind: "put", id: put, body: Buffer.concat(body).toString("hex") }),
    close: (id) => seen.push({ kind: "close", id }),
    unknown: (id, command) => seen.push({ kind: command, id }),
  });
  return { seen, reader };
}

const id = Buffer.alloc(32, 7).toString("base64");

/** What `writeToChild` in prog.go writes. */
function asGo(request: { kind: string; id: number; body?: string }): string {
  const body = Buffer.from(request.body ?? "", "hex");
  const fields: Record<string, unknown> = { ID: request.id, Command: request.kind };
  if (request.kind !== "close") fields["ActionID"] = id;
  if (request.kind === "put") fields["OutputID"] = id;
  if (body.length > 0) fields["BodySize"] = body.length;
  const line = `${JSON.stringify(fields)}\n\n`;
  return body.length > 0 ? `${line}"${body.toString("base64")}"\n` : line;
}

const requests = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom("get", "close"), id: fc.nat() }),
    fc.record({
      kind: fc.constant("put"),
      id: fc.nat(),
      body: fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes).toString("hex")),
    }),
  ),
  { maxLength: 12 },
);

describe("the reader of Go's pipe", () => {
  test("reads what Go writes, however it is split", () => {
    fc.assert(
      fc.property(requests, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (sent, sizes) => {
        const { seen, reader } = record();
        const bytes = Buffer.from(sent.map(asGo).join(""), "latin1");
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] as number;
          reader.feed(Buffer.from(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(seen).toEqual(sent as Seen[]);
      }),
    );
  });

  test("anything else throws and nothing else does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { reader } = record();
        try {
          reader.feed(Buffer.from(bytes));
        } catch (cause) {
          expect(cause).toBeInstanceOf(Error);
        }
      }),
    );
  });

  test("with bytes changed, too, the same comes of it however it is split", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 });
    const outcome = (bytes: Buffer, pieces: readonly number[]): unknown[] => {
      const { seen, reader } = record();
      try {
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = pieces[i % pieces.length] as number;
          reader.feed(Buffer.from(bytes.subarray(at, at + size)));
          at += size;
        }
      } catch (cause) {
        return [...seen, String(cause)];
      }
      return seen;
    };
    fc.assert(
      fc.property(requests, changes, sizes, (sent, flips, pieces) => {
        const bytes = Buffer.from(sent.map(asGo).join(""), "latin1");
        for (const [at, flip] of flips) {
          if (bytes.length > 0) bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip;
        }
        expect(outcome(bytes, pieces)).toEqual(outcome(bytes, [Math.max(1, bytes.length)]));
      }),
      { numRuns: 500 },
    );
  });

  const refused: [string, string][] = [
    ["an id that is not one", `{"ID":1,"Command":"get","ActionID":"../../etc/passwd"}\n`],
    ["a negative size", `{"ID":1,"Command":"put","ActionID":"${id}","OutputID":"${id}","BodySize":-1}\n`],
    ["a body without quotes", `{"ID":1,"Command":"put","ActionID":"${id}","OutputID":"${id}","BodySize":3}\n\nAAAA`],
    [
      "a body that is too long",
      `{"ID":1,"Command":"put","ActionID":"${id}","OutputID":"${id}","BodySize":3}\n\n"AAAAA"`,
    ],
    [
      "a body that is not base64",
      `{"ID":1,"Command":"put","ActionID":"${id}","OutputID":"${id}","BodySize":6}\n\n"A!!!AAAA"`,
    ],
    ["an endless request", "x".repeat(70_000)],
  ];
  for (const [what, text] of refused) {
    test(`${what} is refused`, () => expect(() => record().reader.feed(Buffer.from(text))).toThrow());
  }

  test("an unknown command is told with its id", () => {
    const { seen, reader } = record();
    reader.feed(Buffer.from('{"ID":9,"Command":"trim"}\n'));
    expect(seen).toEqual([{ kind: "trim", id: 9 }]);
  });
});
