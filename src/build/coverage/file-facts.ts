/** What is known of the sources that a profile names: their hash, their functions, and where there is doubt, their blocks. */

import { readFileSync, statSync } from "node:fs";
import { runProcess } from "../../core/process.ts";
import type { CoverProfile } from "../../go/cover/profile.ts";
import { createFunctionReader } from "./go-functions.ts";
import type { ModuleFiles } from "./module-files.ts";
import type { BlockPlace, FileFacts } from "./record.ts";

const sourceLimitBytes = 16_000_000;
const coverDeadlineMs = 60_000;
const coverProcesses = 4;

/**
 * The facts of all files that are here.
 * @param known of an earlier run: what has not changed is not parsed again
 */
export function readFileFacts(
  { files }: CoverProfile,
  modules: ModuleFiles,
  known: Readonly<Record<string, FileFacts>> = {},
): Record<string, FileFacts> {
  const read = createFunctionReader();
  const found: Record<string, FileFacts> = {};
  for (const name of files.keys()) {
    const path = modules.find(name);
    const text = path === undefined ? undefined : readSource(path);
    if (text === undefined) continue;
    const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex");
    const before = known[name];
    const { isGenerated, functions } = before?.hash === hash ? before : read(name, text);
    found[name] = { hash, isGenerated, functions };
  }
  return found;
}

function readSource(path: string): string | undefined {
  try {
    return statSync(path).size > sourceLimitBytes ? undefined : readFileSync(path, "utf8");
  } catch {
    return undefined; // removed meanwhile
  }
}

export interface CoverTool {
  readonly go: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Adds the blocks that the toolchain in use cuts `names` into, by `go tool cover` in its mode for one file: its table of
 * positions is the same as that of a build (Go 1.22 to 1.27 were compared).
 */
export async function addTrueBlocks(
  facts: Readonly<Record<string, FileFacts>>,
  names: readonly string[],
  modules: ModuleFiles,
  tool: CoverTool,
): Promise<Record<string, FileFacts>> {
  const added: Record<string, FileFacts> = { ...facts };
  const waiting = [...names];
  const work = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const path = modules.find(name);
      const known = facts[name];
      const blocks = path === undefined || known === undefined ? undefined : await askBlocks(path, tool);
      if (known !== undefined && blocks !== undefined) added[name] = { ...known, blocks };
    }
  };
  await Promise.all(Array.from({ length: coverProcesses }, work));
  return added;
}

async function askBlocks(path: string, { go, cwd, env }: CoverTool): Promise<BlockPlace[] | undefined> {
  const argv = [go, "tool", "cover", "-mode=set", "-var=BallastCover", path];
  const result = await runProcess({ argv, cwd, env, deadlineMs: coverDeadlineMs, outputCapBytes: 100_000_000 });
  if (result.exitCode !== 0 || result.truncated) return undefined;
  const table = result.stdout.slice(result.stdout.lastIndexOf("var BallastCover = struct"));
  const [, positions = "", counts = ""] = /Pos: [^\n]*\{\n([^}]*)\}[^}]*NumStmt: [^\n]*\{\n([^}]*)\}/.exec(table) ?? [];
  const statements = [...counts.matchAll(/^\s*(\d+),/gm)].map((match) => Number(match[1]));
  const places = [...positions.matchAll(/^\s*(\d+), (\d+), 0x([0-9a-f]+),/gm)];
  return places.map((match, at) => {
    const columns = Number.parseInt(match[3] ?? "0", 16);
    return [Number(match[1]), columns & 0xffff, Number(match[2]), columns >>> 16, statements[at] ?? 0];
  });
}
