import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ballast, createGoFixture, type GoFixture } from "./go-fixture.ts";
import { type ServerProcess, serve } from "./serve-fixture.ts";
import { createRunners, type Runners } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
let server: ServerProcess;
const main = { BALLAST_SCOPE: "main" };
const change = { BALLAST_SCOPE: "pr/7", BALLAST_ANCESTORS: "main" };
const otherChange = { BALLAST_SCOPE: "pr/8", BALLAST_ANCESTORS: "main" };
/** What an edit of p10 has compiled. */
const edited = ["example.org/fixture/p10", "example.org/fixture/p11", "main"];

/** The folder that main leaves on a runner, standard library included; the server has all of it too. */
let mainCache: string;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  server = await serve(join(go.folder, "server"));
  mainCache = go.newCache("main");
  await runners.build({ gocache: mainCache, server: server.url, env: main });
  const push = [...ballast, "cache", "push", "--server", server.url, "--scope", "main"];
  expect(await go.run(push, { GOCACHE: mainCache })).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await server.end("SIGTERM");
  go[Symbol.dispose]();
});

/** With p10 changed; each call changes it in another way. */
async function withEdit<Value>(number: number, act: () => Promise<Value>): Promise<Value> {
  const source = join(go.module, "p10", "p.go");
  const text = await Bun.file(source).text();
  await Bun.write(source, text.replace("+ 10", `+ ${number}`));
  try {
    return await act();
  } finally {
    await Bun.write(source, text);
  }
}

async function compiledBy(gocache: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const built = await runners.build({ gocache, server: server.url, env });
  expect(built).toMatchObject({ exitCode: 0 });
  return built.compiled.toSorted();
}

describe("scopes on one server", () => {
  test("a change reads what main made", async () => {
    expect(await compiledBy(go.newCache("reads"), change)).toEqual([]);
  });

  test("what a change made is for that change alone", async () => {
    await withEdit(21, async () => {
      expect(await compiledBy(go.newCache("pr-1"), change)).toEqual(edited);
      expect(await compiledBy(go.newCache("pr-2"), change)).toEqual([]);
      expect(await compiledBy(go.newCache("other-pr"), otherChange)).toEqual(edited);
      expect(await compiledBy(go.newCache("main-after"), main)).toEqual(edited);
    });
  });
});

describe("scopes on one runner's folder", () => {
  test("main never gets what a change left there, with the server and without it", async () => {
    await withEdit(22, async () => {
      expect(await compiledBy(mainCache, change)).toEqual(edited);
      expect(await compiledBy(mainCache, change)).toEqual([]);
      const alone = await runners.build({ gocache: mainCache, env: main });
      expect(alone.compiled.toSorted()).toEqual(edited);
    });
    await withEdit(23, async () => {
      expect(await compiledBy(mainCache, change)).toEqual(edited);
      expect(await compiledBy(mainCache, main)).toEqual(edited);
    });
  });
});
