/** A build policy over real go commands, and what `ballast policy explain` says of it before. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ballast, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";

let go: GoFixture;
let gocache: string;
let module: string;

beforeAll(async () => {
  go = await createGoFixture();
  gocache = go.newCache("cache");
  module = join(go.folder, "policy");
  mkdirSync(module);
  writeFileSync(join(module, "go.mod"), "module example.org/policy\n\ngo 1.24\n");
  writeFileSync(
    join(module, "p_test.go"),
    'package policy\n\nimport (\n\t"os"\n\t"runtime"\n\t"testing"\n)\n\nfunc TestSay(t *testing.T) {\n' +
      '\tt.Log("GODEBUG", os.Getenv("GODEBUG"), "GOMAXPROCS", runtime.GOMAXPROCS(0))\n}\n',
  );
});
afterAll(() => go[Symbol.dispose]());

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<GoResult> {
  return go.run(
    [...ballast, ...words],
    { GOCACHE: gocache, XDG_CACHE_HOME: join(go.folder, "caches"), ...env },
    module,
  );
}

function writePolicy(text: string): void {
  writeFileSync(join(module, "ballast.yaml"), text);
}

describe("a build policy", () => {
  test("sets what it says, for the commands that it is about", async () => {
    writePolicy(
      "build:\n  rules:\n    - name: tests\n      why: noisy neighbours\n      when: { command: test, packages: ./... }\n" +
        "      set: { gomaxprocs: 1, godebug: { asyncpreemptoff: 1 } }\n",
    );
    const first = await run(["go", "test", "-v", "."], { GODEBUG: "madvdontneed=1" });
    expect(first.stdout).toContain("GODEBUG madvdontneed=1,asyncpreemptoff=1 GOMAXPROCS 1\n");
    const again = await run(["go", "test", "-v", "."], { GODEBUG: "madvdontneed=1" });
    expect(again.stdout).not.toContain("(cached)");
    const said = await run(["policy", "explain", "--", "go", "test", "-v", "."], { GODEBUG: "madvdontneed=1" });
    expect(said.stdout).toContain("GODEBUG=madvdontneed=1,asyncpreemptoff=1 GOMAXPROCS=1 go test -count=1 -v .\n");
    expect(said.stdout).toContain("not in Go's key");
    expect(said.stdout).toContain("why: noisy neighbours");
    expect((await run(["go", "env", "GOVERSION"])).stdout).toStartWith("go1.");
  });

  test("chooses the cache; a flag wins, unless the rule is enforced", async () => {
    writePolicy(
      "build:\n  cache: read-only\n  rules:\n    - { name: apart, when: { command: env }, set: { cache: isolated } }\n",
    );
    const place = async (...flags: string[]): Promise<string> => (await run(["go", ...flags, "env", "GOCACHE"])).stdout;
    expect(await place()).toContain("/isolated/gocache");
    expect(await place("--cache=shared")).toBe(`${gocache}\n`);
    writePolicy("build:\n  rules:\n    - { name: apart, set: { cache: isolated }, enforce: true }\n");
    expect(await place("--cache=shared")).toContain("/isolated/gocache");
    const json = await run(["policy", "explain", "--json", "--cache=shared", "--", "build", "."]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      cache: { mode: "isolated", from: "rule apart" },
      command: ["go", "build", "."],
    });
  });

  test("one that cannot be read stops the command and says where", async () => {
    writePolicy("build:\n  rules:\n    - { name: a, when: { rce: true }, set: { cashe: off } }\n");
    const refused = await run(["go", "env", "GOVERSION"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain("build.rules[0].when.rce");
    expect(refused.stderr).toContain("build.rules[0].set.cashe");
    const explained = await run(["policy", "explain", "build"]);
    expect(explained.exitCode).toBe(2);
    writePolicy("build:\n  rulez: []\n");
    expect(await run(["go", "env", "GOVERSION"])).toMatchObject({ exitCode: 2, stdout: "" });
  });

  test("the named policy is off until it is named, and tells what was measured", async () => {
    rmSync(join(module, "ballast.yaml"));
    expect((await run(["policy", "explain", "--", "go", "test", "-race", "."])).stdout).toContain(
      "No policy is configured",
    );
    expect((await run(["policy", "explain"])).stdout).toContain("Go does not do this itself");
    writePolicy("build:\n  policies: [race-preemption]\n");
    const said = (await run(["policy", "explain", "--", "go", "test", "-race", "."])).stdout;
    expect(said).toContain("GODEBUG=asyncpreemptoff=1 go test -race .\n");
    expect(said).toContain("measured: Go does not do this itself");
  });
});
