/**
 * Tests that need a real component (scripts/component-table.ts lists them). The test file declares what it needs in
 * test/components.json; `npm test` installs that and hands over where it is, or why it cannot be had.
 */

import { test } from "bun:test";

/** A folder with the component's programs in `bin/`, or the reason for its absence. */
type FoundComponent = { readonly folder: string } | { readonly missing: string };

/** Where `name` is. Throws when the test file has not declared it, or when `npm test` did not start the run. */
export function findComponent(name: string): FoundComponent {
  const handed = process.env["BALLAST_TEST_COMPONENTS"];
  if (handed === undefined) throw new Error(`${name}: run this file by \`npm test -- SUITE PATTERN\``);
  const found = (JSON.parse(handed) as Record<string, FoundComponent>)[name];
  if (found === undefined) throw new Error(`${name}: declare it for this file in test/components.json`);
  return found;
}

/** A test that gets the component's folder, or is skipped with the component's name and the reason. */
export function testWith(
  name: string,
  title: string,
  run: (folder: string) => Promise<void> | void,
  timeoutMs?: number,
): void {
  const found = findComponent(name);
  if ("missing" in found) test.skip(`${title} [skipped: ${name}: ${found.missing}]`, () => undefined);
  else test(title, () => run(found.folder), timeoutMs);
}

/** The same with several components, whose folders come in the order of their names; the first that is missing skips it. */
export function testWithAll(
  names: readonly string[],
  title: string,
  run: (folders: readonly string[]) => Promise<void> | void,
  timeoutMs?: number,
): void {
  const found = names.map((name) => ({ name, component: findComponent(name) }));
  const folders = found.flatMap(({ component }) => ("folder" in component ? [component.folder] : []));
  const missing = found.find(({ component }) => "missing" in component);
  if (missing === undefined) test(title, () => run(folders), timeoutMs);
  else {
    const reason = "missing" in missing.component ? missing.component.missing : "";
    test.skip(`${title} [skipped: ${missing.name}: ${reason}]`, () => undefined);
  }
}
