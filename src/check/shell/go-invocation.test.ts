import { describe, expect, test } from "bun:test";

import { expandText } from "./expand.ts";
import { goInvocationOf, withInnerCommands } from "./go-invocation.ts";
import { splitShell } from "./split-shell.ts";

function goOf(source: string) {
  return withInnerCommands(splitShell(source).commands).flatMap((command) => goInvocationOf(command) ?? []);
}

describe("a go command", () => {
  test("flags, arguments and its own environment", () => {
    const [go] = goOf("env GOOS=linux CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o=/app ./cmd/app");
    expect(go?.verb).toBe("build");
    expect(go?.flags.map(({ name, value }) => [name, value])).toEqual([
      ["trimpath", undefined],
      ["ldflags", "-s -w"],
      ["o", "/app"],
    ]);
    expect(go?.args.map(({ text }) => text)).toEqual(["./cmd/app"]);
    expect(go?.assignments.map(({ name }) => name)).toEqual(["GOOS", "CGO_ENABLED"]);
  });

  test("go mod download, a full path, a wrapper, and sh -c, each at its place", () => {
    const source = "/usr/local/go/bin/go mod download -x; sudo -E go vet; sh -c 'cd x && go test ./...'; gofmt -l .";
    const all = goOf(source);
    expect(all.map(({ verb }) => verb)).toEqual(["mod download", "vet", "test"]);
    for (const { program } of all) expect(source.slice(program.start, program.end)).toBe(program.text);
  });
});

describe("expansion", () => {
  const lookup = (name: string) => ({ HOME: "/root", EMPTY: "" })[name];
  test("plain, braced, with defaults; unknown is undefined", () => {
    expect(expandText("$HOME/.cache", lookup)).toBe("/root/.cache");
    expect(expandText("${NONE:-${HOME}}/x", lookup)).toBe("/root/x");
    expect(expandText("${EMPTY:-a}${EMPTY-b}", lookup)).toBe("a");
    expect(expandText("$NONE/x", lookup)).toBeUndefined();
    expect(expandText("$(pwd)/x", lookup)).toBeUndefined();
  });
});
