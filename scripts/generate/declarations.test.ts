import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { readDeclarations } from "./declarations.ts";
import { generatePages } from "./reference-pages.ts";
import { generateSources } from "./source-files.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ballast-generate-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function plantErrors(room: string, code: string): void {
  const spec = `{ exit: 2, what: "it is | wrong", why: "Because.", todo: "Mend it." }`;
  plant(
    `src/${room}/errors.ts`,
    `export const errs_Errors = { table: { "${code}": ${spec} }, error: () => undefined };`,
  );
}

async function fault(): Promise<string> {
  return readDeclarations(root).then(
    () => "none",
    (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
  );
}

describe("reading", () => {
  test("only exports of the conventional names and shapes count, and tests do not", async () => {
    plantErrors("a", "a/b");
    plant("src/core/settings.ts", "export function resolveSettings() {}\nexport const limit = { doc: 1 };");
    plant("src/a/settings.test.ts", `throw new Error("imported a test");`);
    plant("src/a/b/x-settings.ts", `export const xSettings = { port: { type: "number", doc: "Port." } };`);
    const { errors, settings, commands } = await readDeclarations(root);
    expect(errors.map(({ file, name }) => [file, name])).toEqual([["src/a/errors.ts", "errs_Errors"]]);
    expect(settings.map(({ file, rows }) => [file, rows.map(([key]) => key)])).toEqual([
      ["src/a/b/x-settings.ts", ["port"]],
    ]);
    expect(commands).toEqual([]);
  });

  test("what is declared twice is refused", async () => {
    plantErrors("a", "a/b");
    plantErrors("b", "a/b");
    expect(await fault()).toContain("both declare the error code a/b");
  });

  test("a command's file has its name", async () => {
    plant("src/cli/commands/stats.ts", `export const command = { path: ["cache", "stats"], summary: "", flags: {} };`);
    expect(await fault()).toContain("name it src/cli/commands/cache-stats.ts");
  });

  test("metrics that Prometheus would not like", async () => {
    const cases = [
      [`{ type: "counter", name: "ballast_x", help: "H." }`, "without _total"],
      [`{ type: "gauge", name: "ballast_x_count", help: "H." }`, "part of a histogram"],
      [`{ type: "gauge", name: "ballast_wait_ms", help: "H." }`, "base units"],
      [`{ type: "gauge", name: "ballast_x", help: "H.", labels: ["le"] }`, "label"],
      [`{ type: "gauge", name: "ballast_x", help: "" }`, "no help"],
    ] as const;
    for (const [index, [spec, text]] of cases.entries()) {
      rmSync(join(root, "src"), { recursive: true, force: true });
      plant(`src/a${index}/metrics.ts`, `export const someMetrics = { x: ${spec} };`);
      expect(await fault()).toContain(text);
    }
  });
});

describe("writing", () => {
  test("two rooms may use one key; the schema and the list of places have both", async () => {
    plant("src/a/settings.ts", `export const aSettings = { port: { type: "number", doc: "A.", path: "a.port" } };`);
    plant("src/b/settings.ts", `export const bSettings = { port: { type: "number", doc: "B.", path: "b.port" } };`);
    const declarations = await readDeclarations(root);
    const schema = generatePages(declarations).get("docs/reference/ballast.schema.json") ?? "";
    expect(Object.keys((JSON.parse(schema) as { properties: object }).properties)).toEqual(["a", "b"]);
    expect(generateSources(declarations).get("src/cli/generated/setting-paths.ts")).toContain('["a.port","b.port"]');
  });

  test("a bar in a sentence does not end its cell", async () => {
    plantErrors("a", "a/b");
    expect(generatePages(await readDeclarations(root)).get("docs/reference/errors.md")).toContain(
      "| `a/b` | 2 |  | It is \\| wrong. | Because. | Mend it. |",
    );
  });
});
