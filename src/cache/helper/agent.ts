/**
 * Sends what runs left in their outbox. One agent works on a folder at a time; it ends by itself when the outbox is
 * empty or its server fails, and leaves what it could not send where it was.
 */

import { mkdirSync, openSync, readFileSync, rmSync, writeSync, closeSync } from "node:fs";
import type { CacheFolder } from "../local/folder.ts";
import { createCacheClient } from "./client.ts";
import type { HelperOptions } from "./options.ts";
import { listOutbox, outboxPath, readOutbox, writeOutbox } from "./outbox.ts";
import { createSharedState, sum } from "./shared-state.ts";
import { programOffer } from "./program-offer.ts";
import { Uploader } from "./uploader.ts";

export type AgentServer = Pick<HelperOptions, "server" | "token" | "caFile">;

export interface AgentReport {
  /** Entries that the server has now. */
  readonly sent: number;
  /** Entries that are still there to be sent. */
  readonly left: number;
}

/** Sends until the outbox is empty, a request fails for good, or `signal` says stop. */
export async function emptyOutbox(folder: CacheFolder, where: AgentServer, signal: AbortSignal): Promise<AgentReport> {
  let sent = 0;
  const { server } = where;
  if (server === undefined) return { sent, left: countLeft(folder) };
  for (;;) {
    const [path] = listOutbox(folder, Date.now());
    if (path === undefined || signal.aborted) return { sent, left: countLeft(folder) };
    const result = await sendFile(folder, path, { ...where, server });
    sent += result.sent;
    if (result.left > 0) return { sent, left: countLeft(folder) };
  }
}

/** Sends one file's entries. What is left over gets a new file before the old one goes. */
async function sendFile(
  folder: CacheFolder,
  path: string,
  server: AgentServer & { readonly server: string },
): Promise<AgentReport> {
  const outbox = readOutbox(path);
  const shared = createSharedState();
  if (outbox === undefined) {
    rmSync(path, { force: true });
    return { sent: 0, left: 0 };
  }
  const client = createCacheClient({ ...server, context: outbox.context });
  const uploader = new Uploader({ client, shared, share: outbox.share, sharedFolders: outbox.sharedFolders });
  for (const offer of [...outbox.offers, ...outbox.programs.flatMap(programOffer)]) uploader.offer(offer);
  await uploader.drain();
  const offers = uploader.takeRest();
  if (offers.length > 0) writeOutbox(folder, { ...outbox, offers, programs: [] }, Date.now());
  rmSync(path, { force: true });
  return { sent: shared.sums[sum.uploaded] as number, left: offers.length };
}

export function countLeft(folder: CacheFolder): number {
  const paths = listOutbox(folder, Date.now());
  return paths.reduce((count, path) => {
    const outbox = readOutbox(path);
    return count + (outbox === undefined ? 0 : outbox.offers.length + outbox.programs.length);
  }, 0);
}

/** Takes the folder's only place for an agent; `undefined` while another one that is alive has it. */
export function takeAgentPlace(folder: CacheFolder): { release(): void } | undefined {
  const path = `${outboxPath(folder)}/agent`;
  mkdirSync(outboxPath(folder), { recursive: true });
  if (isAgentAlive(folder)) return undefined;
  rmSync(path, { force: true });
  try {
    const file = openSync(path, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
  } catch {
    return undefined; // another one was faster
  }
  return { release: () => rmSync(path, { force: true }) };
}

export function isAgentAlive(folder: CacheFolder): boolean {
  try {
    const pid = Number(readFileSync(`${outboxPath(folder)}/agent`, "latin1"));
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false; // none, or one that was killed
  }
}
