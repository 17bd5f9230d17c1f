import { describe, expect, test } from "bun:test";

import { carryInto, compilingSteps, parseDockerfile, trialCommand } from "./carried-dockerfile.ts";

const text = `FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod \\
    --mount=type=cache,target=/root/.cache/go-build \\
    go build -o /out/app .
RUN echo done
FROM scratch
COPY --from=build /out/app /app
`;

describe("a Dockerfile with Ballast carried in", () => {
  const carried = carryInto(parseDockerfile("Dockerfile", text));
  const lines = carried.text.split("\n");

  test("only steps that compile get the mounts, and keep their own", () => {
    expect(carried.lines).toEqual([6]);
    expect(carried.mounts).toBe(1);
    const compile = parseDockerfile("Dockerfile", carried.text);
    const [step, ...others] = compilingSteps(compile);
    expect(others).toEqual([]);
    expect(step?.mounts.map(({ type }) => type).filter((type) => type === "cache").length).toBe(2);
    expect(carried.text).toContain("env=GOCACHEPROG");
    expect(lines.find((line) => line.includes("go mod download"))).not.toContain("ballast");
  });

  test("starts Ballast once at the beginning of the stage, and sends the rest after the step", () => {
    expect(lines[1]).toContain(trialCommand);
    const flush = lines.find((line) => line.includes('"flush"')) ?? "";
    expect(flush).toContain("--mount=type=cache,target=/root/.cache/go-build");
    expect(lines.indexOf(flush)).toBeGreaterThan(lines.findIndex((line) => line.includes("go build -o")));
    expect(carried.text.match(/"flush"/g)?.length).toBe(1);
  });

  test("without a step that compiles nothing changes", () => {
    const plain = "FROM alpine\nRUN apk add git\n";
    expect(carryInto(parseDockerfile("Dockerfile", plain))).toEqual({ text: plain, lines: [], mounts: 0 });
  });

  test("what is no Dockerfile is refused", () => {
    expect(() => parseDockerfile("x", "hello")).toThrow("there is no FROM in it");
  });
});
