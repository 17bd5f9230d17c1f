/**
 * `scripts/components list`: the table, and what is installed.
 * `scripts/components install NAME…`: installs them; `path NAME…` prints their folders, one a line, installing first.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { componentFolder, installComponents } from "./component-install.ts";
import { componentNamed, components } from "./component-table.ts";

function list(): number {
  for (const component of components) {
    const folder = componentFolder(component);
    const absent = component.tried ? "not installed" : "not tried yet";
    const state = existsSync(join(folder, "bin")) ? folder : absent;
    console.log(`${component.name.padEnd(12)} ${component.version.padEnd(10)} ${state}`);
  }
  return 0;
}

async function install(names: readonly string[], printPaths: boolean): Promise<number> {
  for (const name of names) componentNamed(name);
  const found = await installComponents(names);
  let status = 0;
  for (const [name, component] of Object.entries(found)) {
    if ("missing" in component) {
      console.error(`components: ${name}: ${component.missing}`);
      status = 3;
    } else if (printPaths) console.log(component.folder);
  }
  return status;
}

async function main(args: readonly string[]): Promise<number> {
  const [verb, ...names] = args;
  if (verb === "list" && names.length === 0) return list();
  if ((verb === "install" || verb === "path") && names.length > 0) return install(names, verb === "path");
  console.error("scripts/components list | install NAME... | path NAME...");
  return 2;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (cause) {
  console.error(`components: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exit(2);
}
