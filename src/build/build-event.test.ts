import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { requireValidEvent } from "../ledger/event.ts";
import { createHideValue } from "../ledger/hidden-values.ts";
import { buildEvent, type FinishedCommand } from "./build-event.ts";
import { shownArgs, shownVariables } from "./event-words.ts";

const hide = createHideValue("k".repeat(32), []);
const hash = /hmac:[0-9a-f]{32}/g;

function shown(line: string[], plain: string[] = []): string {
  return shownArgs(line, createHideValue("k".repeat(32), plain))
    .join(" ")
    .replace(hash, "#");
}

describe("words that are recorded", () => {
  test("what names the build is shown, what may be a secret is not", () => {
    expect(shown(["build", "-race", "-o", "out", "-tags=a,b", "./..."])).toBe("build -race -o out -tags=a,b ./...");
    expect(shown(["build", "-ldflags", "-s -w -X main.version=1 -X=main.token=s3cret -extldflags -Lx", "."])).toBe(
      "build -ldflags -s -w -X main.version=# -X=main.token=# # # .",
    );
    expect(shown(["build", "-ldflags=-X 'main.a=b c'"])).toBe("build -ldflags=-X main.a=#");
    expect(shown(["build", "-ldflags=-X 'open"])).toBe("build -ldflags=#");
    expect(shown(["build", "-gcflags=all=-N", "-toolexec", "x"])).toBe("build -gcflags=# -toolexec #");
    expect(shown(["test", "./...", "-mine=s3cret", "-args", "-password=s3cret"])).toBe("test ./... -mine=# -args #");
    expect(shown(["run", ".", "--token", "s3cret"])).toBe("run . # #");
    expect(shown(["build", "-ldflags=-X main.token=s3cret"], ["-ldflags"])).toBe("build -ldflags=-X main.token=s3cret");
  });

  test("Go's variables are named, with hidden values", () => {
    const env = {
      GOFLAGS: "-race",
      CGO_CFLAGS: "-DKEY=s3cret",
      HOME: "/root",
      GOPATH: "",
      CC: "gcc",
      GITHUB_TOKEN: "x",
    };
    expect(shownVariables(env, hide).map((text) => text.replace(hash, "#"))).toEqual([
      "CC=#",
      "CGO_CFLAGS=#",
      "GOFLAGS=#",
    ]);
    expect(shownVariables(env, createHideValue("k".repeat(32), ["CC"]))[0]).toBe("CC=gcc");
  });

  test("nothing of a hidden value is left, whatever it is", () => {
    const secret = fc.stringMatching(/^[a-z0-9]{8,20}$/).map((text) => `SECRET${text}`);
    const place = fc.constantFrom(
      (value: string) => ["build", `-ldflags=-X main.a=${value}`],
      (value: string) => ["build", "-ldflags", `-extldflags ${value} -X a.b=${value}`],
      (value: string) => ["test", ".", `-unknown=${value}`],
      (value: string) => ["run", ".", value, `--x=${value}`],
      (value: string) => ["build", "-gcflags", value, `-asmflags=${value}`],
      (value: string) => ["test", "-exec", value, "-args", value],
    );
    fc.assert(fc.property(secret, place, (value, words) => !shownArgs(words(value), hide).join(" ").includes(value)));
  });
});

describe("a build's event", () => {
  const plan = {
    args: ["test", "./..."],
    env: { GITHUB_ACTIONS: "true", GITHUB_REF: "refs/pull/3/merge", GITHUB_RUN_ID: "9" },
    mode: "shared",
    isRecorded: false,
    modeFrom: "default",
    applied: [],
    decision: undefined,
    coverageBase: undefined,
  } as const;
  const command: FinishedCommand = {
    plan,
    cwd: "/src",
    startedMs: 1000,
    durationMs: 12.6,
    exitCode: 0,
    summary: undefined,
    parallelism: 4,
  };
  const summary = {
    gets: 5,
    localHits: 1,
    remoteHits: 3,
    misses: 1,
    puts: 1,
    bytesDown: 10,
    bytesUp: 0,
    uploaded: 0,
    dropped: 0,
    handedOver: 0,
    corrupt: 0,
    savedMs: 400,
    waitedMs: 7,
    wallMs: 9,
  } as FinishedCommand["summary"];
  const attributesOf = (changes: Partial<FinishedCommand>) =>
    buildEvent({ ...command, ...changes }, "id", hide).attributes;

  test("traffic that was not seen is absent, and not 0", () => {
    const unseen = attributesOf({});
    expect(unseen["ballast.cache.observed"]).toBe(false);
    expect(Object.keys(unseen).filter((name) => /misses|hits|saved/.test(name))).toEqual([]);
    expect(attributesOf({ summary })).toMatchObject({
      "ballast.cache.observed": true,
      "ballast.cache.misses": 1,
      "ballast.saved_ms": 100,
    });
  });

  test("says what ran, for whom, and how it ended", () => {
    expect(attributesOf({})).toMatchObject({
      "process.command_args": ["go", "test", "./..."],
      "process.exit.code": 0,
      "cicd.pipeline.run.id": "9",
      "cicd.pipeline.task.type": "test",
      "cicd.pipeline.task.run.result": "success",
      "vcs.change.id": "3",
      "ballast.duration_ms": 13,
    });
    const results = [1, 130, undefined].map((exitCode) => attributesOf({ exitCode })["cicd.pipeline.task.run.result"]);
    expect(results).toEqual(["failure", "cancellation", "error"]);
  });

  test("every command has a valid event, however long or odd its words are", () => {
    const word = fc.oneof(
      fc.string({ unit: "binary", maxLength: 50 }),
      fc.constant("x".repeat(9000)),
      fc.constant("\ud800"),
      fc.constantFrom("toString", "__proto__"),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.array(word, { maxLength: 20 }), (args, values) => {
        const env = Object.fromEntries(values.map((value, i) => [`GOX${i}`, value]));
        const event = buildEvent(
          { ...command, cwd: args[0] ?? "/", plan: { ...plan, args, env } },
          "id",
          createHideValue("k".repeat(32), Object.keys(env)),
        );
        expect(() => requireValidEvent(event)).not.toThrow();
      }),
      { numRuns: 60 },
    );
    const many = Array.from({ length: 3000 }, (_, i) => `./package-${i}`);
    expect(() =>
      requireValidEvent(buildEvent({ ...command, plan: { ...plan, args: ["test", ...many] } }, "id", hide)),
    ).not.toThrow();
  });
});
