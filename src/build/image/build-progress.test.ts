import { describe, expect, test } from "bun:test";

import { createBuildProgress, shortName } from "./build-progress.ts";

const line = (value: unknown): string => JSON.stringify(value);
const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();

describe("BuildKit's progress", () => {
  test("steps with their times, in the order of their beginning, and what failed with what it wrote", () => {
    const progress = createBuildProgress();
    const run = "[build 2/2] RUN --mount=type=secret,id=x go build";
    expect(progress.take(line({ vertexes: [{ digest: "b", name: run, started: at(2) }] }))).toBe(
      "[build 2/2] RUN go build",
    );
    progress.take(
      line({ vertexes: [{ digest: "a", name: "[build 1/2] COPY", started: at(1), completed: at(1), cached: true }] }),
    );
    progress.take(line({ logs: [{ vertex: "b", data: Buffer.from("main.go:1: undefined: x\n").toString("base64") }] }));
    progress.take(
      line({ vertexes: [{ digest: "b", name: run, started: at(2), completed: at(5), error: "exit code: 1" }] }),
    );
    expect(progress.steps().map(({ name, cached, durationMs }) => [name, cached, durationMs])).toEqual([
      ["[build 1/2] COPY", true, 0],
      [run, false, 3000],
    ]);
    expect(progress.failure()).toBe("[build 2/2] RUN go build\nmain.go:1: undefined: x\nexit code: 1");
  });

  test("what is no JSON is what the builder itself said", () => {
    const progress = createBuildProgress();
    progress.take("error: failed to dial");
    progress.take("{broken");
    expect([progress.failure(), progress.steps()]).toEqual(["error: failed to dial\n{broken", []]);
    expect(shortName("RUN --mount=a=b \\\n  x")).toBe("RUN \\ x");
  });
});
