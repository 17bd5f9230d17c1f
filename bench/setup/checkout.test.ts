import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCheckout } from "./checkout.ts";
import type { GoPackage } from "./package-list.ts";

const work = mkdtempSync(join(tmpdir(), "ballast-checkout-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const store: GoPackage = {
  importPath: "example.org/m/store",
  folder: "store",
  goFiles: ["store.go"],
  imports: [],
  isOfModule: true,
  isMain: false,
  usesCgo: false,
};

function pristine(): string {
  const folder = join(work, "pristine");
  mkdirSync(join(folder, "store"), { recursive: true });
  writeFileSync(join(folder, "go.mod"), "module example.org/m\n");
  writeFileSync(join(folder, "store", "store.go"), "package store\n");
  return folder;
}

const path = join(work, "checkout");
const timeOf = (name: string): number => statSync(join(path, name)).mtimeMs;

test("a fresh checkout has times that none had before, a restored one those of last time", async () => {
  const checkout = createCheckout(pristine(), path);
  const seen = new Set<number>();
  await checkout.restore();
  const warm = timeOf("store/store.go");
  for (let i = 0; i < 3; i++) {
    await checkout.refresh();
    for (const name of ["go.mod", "store", "store/store.go"]) expect(timeOf(name)).toBe(timeOf("store/store.go"));
    seen.add(timeOf("store/store.go"));
    expect(Date.now() - timeOf("store/store.go")).toBeGreaterThan(60_000);
    await checkout.restore();
    expect(timeOf("store/store.go")).toBe(warm);
  }
  expect(seen.size).toBe(3);
  expect(seen.has(warm)).toBe(false);
});

test("a change is in one file, gives it a new time, and is gone with the next checkout", async () => {
  const checkout = createCheckout(pristine(), path);
  await checkout.restore({ package: store, token: "Ix0" });
  const text = readFileSync(join(path, "store/store.go"), "utf8");
  expect(text).toStartWith("package store\n");
  expect(text).toContain('const BallastBenchIx0 = "Ix0"');
  expect(timeOf("store/store.go")).toBeGreaterThan(timeOf("go.mod"));
  const first = timeOf("store/store.go");
  await checkout.restore({ package: store, token: "Ix1" });
  expect(timeOf("store/store.go")).toBeGreaterThan(first);
  await checkout.refresh();
  expect(readFileSync(join(path, "store/store.go"), "utf8")).toBe("package store\n");
});
