/** What `ballast hermetic init` writes beside a module. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hermeticErrors } from "./errors.ts";
import { nixpkgsWorkspace, type WorkspaceFile } from "./workspace-files.ts";

export interface HermeticInitRequest {
  readonly folder: string;
  readonly program: string;
  readonly java: boolean;
  readonly nixpkgs: string;
  readonly force: boolean;
}

const maxGoModBytes = 1 << 20;

/** Throws `lab/hermetic-no-module`, `lab/hermetic-pin`, `lab/hermetic-exists`. */
export function planWorkspace({
  folder,
  program,
  java,
  nixpkgs,
  force,
}: HermeticInitRequest): readonly WorkspaceFile[] {
  const goMod = join(folder, "go.mod");
  if (!existsSync(goMod)) throw hermeticErrors.error("lab/hermetic-no-module", folder);
  const modulePath = /^module\s+"?([\w./~-]+)/m.exec(readFileSync(goMod, "utf8").slice(0, maxGoModBytes))?.[1];
  if (modulePath === undefined) throw hermeticErrors.error("lab/hermetic-no-module", `${goMod} names no module`);
  requireCommit(nixpkgs);
  const isBelow = /^\.(?:\/[\w.+-]+)*$/.test(program);
  if (!isBelow) throw hermeticErrors.error("lab/hermetic-no-module", `the program ${program}`);
  const files = nixpkgsWorkspace({ modulePath, program, hasJava: java, nixpkgs });
  const there = files.filter(({ path }) => existsSync(join(folder, path))).map(({ path }) => path);
  if (there.length > 0 && !force) throw hermeticErrors.error("lab/hermetic-exists", there.join(", "));
  return files;
}

/** Throws `lab/hermetic-pin`. */
export function requireCommit(nixpkgs: string): void {
  if (!/^[0-9a-f]{40}$/.test(nixpkgs)) throw hermeticErrors.error("lab/hermetic-pin", JSON.stringify(nixpkgs));
}

export function writeWorkspace(folder: string, files: readonly WorkspaceFile[]): void {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
