import { afterEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { actionPath, formatEntryLine, outputPath, parseEntryLine } from "../../go/gocache/entry-file.ts";
import { type CacheFolder, openCacheFolder } from "./folder.ts";
import { LocalTier } from "./local-tier.ts";
import { origin } from "./record.ts";

const folders: string[] = [];
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A GOCACHE as Go leaves it before it starts a helper. */
function newGocache(): string {
  const path = mkdtempSync(`${tmpdir()}/ballast-tier-`);
  folders.push(path);
  for (let i = 0; i < 256; i++) mkdirSync(`${path}/${i.toString(16).padStart(2, "0")}`);
  return path;
}

function open(folder: CacheFolder, nowMs: () => number = Date.now, toolchainTag = 1): LocalTier {
  return new LocalTier({ folder, toolchainTag, nowMs, name: "t" });
}

const sha = (body: string): Buffer => Buffer.from(new Bun.CryptoHasher("sha256").update(body).digest());
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function put(tier: LocalTier, action: Buffer, body: string): string {
  const output = sha(body);
  const file = tier.startBody(hex(output), body.length);
  file.write(Buffer.from(body));
  const { path, print } = file.finish();
  tier.link(
    {
      action,
      output,
      sizeBytes: body.length,
      timeNs: 1_700_000_000_123_456_789n,
      kind: 0,
      origin: origin.put,
      costMs: 7,
    },
    print,
  );
  return path;
}

/** What native Go would write. */
function putNatively(gocache: string, action: Buffer, body: string): void {
  const output = hex(sha(body));
  writeFileSync(outputPath(gocache, output), body);
  const line = formatEntryLine(hex(action), { output, sizeBytes: body.length, timeNs: 5n });
  writeFileSync(actionPath(gocache, hex(action)), line);
}

describe("the local tier", () => {
  test("what was put is a hit, now and for the next helper, and in Go's own format", () => {
    const gocache = newGocache();
    const folder = openCacheFolder(gocache, "main");
    const first = open(folder);
    const action = sha("action");
    put(first, action, "hello");
    first.flush();
    for (const tier of [first, open(folder)]) {
      const hit = tier.get(action);
      expect(hit).toMatchObject({
        output: hex(sha("hello")),
        sizeBytes: 5,
        timeNs: 1_700_000_000_123_456_789n,
        costMs: 7,
      });
      expect(readFileSync(hit?.path ?? "", "utf8")).toBe("hello");
    }
    const line = readFileSync(actionPath(gocache, hex(action)), "latin1");
    expect(parseEntryLine(hex(action), line)).toMatchObject({ output: hex(sha("hello")), sizeBytes: 5 });
  });

  test("what Go built is a hit, with the time that Go gave it", () => {
    const gocache = newGocache();
    putNatively(gocache, sha("a"), "from go");
    expect(open(openCacheFolder(gocache, "main")).get(sha("a"))).toMatchObject({
      sizeBytes: 7,
      timeNs: 5n,
      origin: origin.native,
    });
  });

  test("a body that changed under its name is a miss, of the same size too", () => {
    const gocache = newGocache();
    const folder = openCacheFolder(gocache, "main");
    const tier = open(folder);
    const path = put(tier, sha("a"), "right");
    expect(tier.get(sha("a"))).toBeDefined();
    writeFileSync(path, "wrong");
    expect(tier.get(sha("a"))).toBeUndefined();
    expect(tier.counts.corrupt).toBe(1);
    truncateSync(path, 2);
    expect(open(folder).get(sha("a"))).toBeUndefined();
  });

  test("a body that was removed is a miss", () => {
    const tier = open(openCacheFolder(newGocache(), "main"));
    rmSync(put(tier, sha("a"), "gone"));
    expect(tier.get(sha("a"))).toBeUndefined();
  });

  test("an executable's folder is a miss", () => {
    const gocache = newGocache();
    putNatively(gocache, sha("a"), "exe");
    const path = outputPath(gocache, hex(sha("exe")));
    rmSync(path);
    mkdirSync(path);
    expect(open(openCacheFolder(gocache, "main")).get(sha("a"))).toBeUndefined();
  });

  test("a body that is not its hash is refused and leaves nothing", () => {
    const gocache = newGocache();
    const tier = open(openCacheFolder(gocache, "main"));
    const file = tier.startBody(hex(sha("one")), 3);
    file.write(Buffer.from("two"));
    expect(() => file.finish()).toThrow();
    expect(existsSync(outputPath(gocache, hex(sha("one"))))).toBe(false);
  });

  test("an entry fetched for another toolchain is a miss", () => {
    const folder = openCacheFolder(newGocache(), "main");
    const tier = open(folder);
    put(tier, sha("a"), "compiled");
    tier.flush();
    expect(open(folder, Date.now, 2).get(sha("a"))).toBeUndefined();
  });

  test("a use is noted in the files' times, once an hour", () => {
    const gocache = newGocache();
    const folder = openCacheFolder(gocache, "main");
    let nowMs = Date.now();
    const tier = open(folder, () => nowMs);
    const path = put(tier, sha("a"), "body");
    const entry = actionPath(gocache, hex(sha("a")));
    const old = (nowMs - 3 * 3_600_000) / 1000;
    utimesSync(path, old, old);
    utimesSync(entry, old, old);
    nowMs += 2 * 3_600_000;
    expect(tier.get(sha("a"))).toBeDefined();
    for (const file of [path, entry]) expect(statSync(file).mtimeMs).toBeGreaterThan(nowMs - 1000);
  });

  test("a torn or foreign index is passed over", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (garbage) => {
        const gocache = newGocache();
        const folder = openCacheFolder(gocache, "main");
        const tier = open(folder);
        put(tier, sha("a"), "body");
        tier.flush();
        appendFileSync(`${folder.ballastPath}/index`, garbage);
        const next = open(folder);
        put(next, sha("b"), "other");
        next.flush();
        const last = open(folder);
        for (const [action, body] of [
          ["a", "body"],
          ["b", "other"],
        ] as const) {
          expect(last.get(sha(action))?.output).toBe(hex(sha(body)));
        }
      }),
      { numRuns: 20 },
    );
  });

  test("many entries are all found again, the newest of each action", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 40 }), fc.string({ maxLength: 8 })), { maxLength: 80 }), (puts) => {
        const folder = openCacheFolder(newGocache(), "main");
        const tier = open(folder);
        const model = new Map<number, string>();
        for (const [action, body] of puts) {
          put(
            tier,
            sha(`${action}`),
            Buffer.from(body)
              .toString("latin1")
              .replaceAll(/[^ -~]/g, "?"),
          );
          model.set(
            action,
            Buffer.from(body)
              .toString("latin1")
              .replaceAll(/[^ -~]/g, "?"),
          );
        }
        tier.flush();
        const next = open(folder);
        for (const [action, body] of model) expect(next.get(sha(`${action}`))?.output).toBe(hex(sha(body)));
      }),
      { numRuns: 20 },
    );
  });
});

describe("one folder serves one scope", () => {
  test("the first scope owns GOCACHE, another gets a folder of its own", () => {
    const gocache = newGocache();
    const pull = openCacheFolder(gocache, "pr/7");
    put(open(pull), sha("a"), "from the pull request");
    expect(pull.path).toBe(gocache);
    const main = openCacheFolder(gocache, "main");
    expect(main.path).not.toBe(gocache);
    expect(open(main).get(sha("a"))).toBeUndefined();
    put(open(main), sha("a"), "from main");
    expect(openCacheFolder(gocache, "pr/7").path).toBe(gocache);
    expect(open(openCacheFolder(gocache, "main")).get(sha("a"))?.output).toBe(hex(sha("from main")));
  });

  test("a scope's name cannot leave the folder", () => {
    const gocache = newGocache();
    openCacheFolder(gocache, "main");
    const folder = openCacheFolder(gocache, "../../../etc");
    expect(folder.path.startsWith(`${gocache}/ballast/scopes/`)).toBe(true);
    expect(folder.path.slice(gocache.length)).not.toContain("..");
  });
});
