/** Hashes every body of a folder again: what the file system let rot, the helper's memory of it does not show. */

import { hashFile } from "../../go/hash-file.ts";
import type { FolderContents } from "./folder-scan.ts";
import type { Turns } from "./turns.ts";

export interface DamagedBody {
  readonly output: string;
  readonly path: string;
  /** The entries that name it. */
  readonly actions: readonly string[];
}

export interface VerifyReport {
  readonly outputs: number;
  readonly sizeBytes: number;
  readonly damaged: readonly DamagedBody[];
  /** Entries that Go misses: torn, or of another size than their body. */
  readonly tornActions: readonly string[];
  /** Entries without a body: misses too, but what a trim leaves behind, no damage. */
  readonly missingBodies: number;
}

export interface VerifyWatch {
  readonly turns: Turns;
  readonly onProgress: (done: { readonly outputs: number; readonly sizeBytes: number }) => void;
}

export async function verifyLocal(contents: FolderContents, watch: VerifyWatch): Promise<VerifyReport> {
  const damaged: DamagedBody[] = [];
  const actions = actionsByOutput(contents);
  let outputs = 0;
  let sizeBytes = 0;
  for (const { output, path, sizeBytes: bodyBytes } of contents.bodies.values()) {
    await watch.turns.rest();
    const hash = hashFile(path);
    // A body that cannot be read any more was trimmed a moment ago.
    if (hash === undefined) continue;
    outputs++;
    sizeBytes += bodyBytes;
    if (hash !== output) damaged.push({ output, path, actions: actions.get(output) ?? [] });
    watch.onProgress({ outputs, sizeBytes });
  }
  return { outputs, sizeBytes, damaged, ...tornEntries(contents) };
}

function actionsByOutput(contents: FolderContents): Map<string, string[]> {
  const actions = new Map<string, string[]>();
  for (const { action, output } of contents.entries) {
    const others = actions.get(output);
    if (others === undefined) actions.set(output, [action]);
    else others.push(action);
  }
  return actions;
}

function tornEntries(contents: FolderContents): Pick<VerifyReport, "tornActions" | "missingBodies"> {
  const tornActions = [...contents.tornActions];
  let missingBodies = 0;
  for (const { action, output, sizeBytes } of contents.entries) {
    const body = contents.bodies.get(output);
    if (body === undefined) missingBodies++;
    else if (!body.isExecutable && body.sizeBytes !== sizeBytes) tornActions.push(action);
  }
  return { tornActions, missingBodies };
}
