/** The module proxy behind a node: one address, http(s) or a folder in the proxy's own layout (`file://`). */

import { closeSync, openSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { modulesErrors } from "./errors.ts";
import { moduleZipBytesMax } from "./module-zip.ts";

export interface Fetched {
  readonly status: "found" | "absent";
  /** What the proxy said, for what is absent: the go command shows it. */
  readonly text: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface Upstream {
  /** Writes what is at `path` to the file `into`. Rejects with `modules/upstream-unreachable`. */
  fetch(path: string, into: string): Promise<Fetched>;
}

const deadlineMs = 120_000;
const absentTextMax = 4000;

export function createUpstream(address: string): Upstream {
  const url = new URL(address);
  const base = url.href.replace(/\/+$/, "");
  return {
    async fetch(path, into) {
      try {
        const answer = url.protocol === "file:" ? openFile(fileURLToPath(base), path) : await ask(base, path);
        return await keep(await answer, into);
      } catch (cause) {
        throw modulesErrors.error("modules/upstream-unreachable", `${path}: ${(cause as Error).message}`, { cause });
      }
    },
  };
}

async function openFile(folder: string, path: string): Promise<Response> {
  const file = Bun.file(join(folder, path));
  return (await file.exists()) ? new Response(file) : new Response("not found", { status: 404 });
}

/** A user and a password in the address go along as basic authentication, and nowhere else: redirects are not followed with them. */
async function ask(base: string, path: string): Promise<Response> {
  const url = new URL(`${base}/${path}`);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const headers: Record<string, string> =
    login === ":" ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  [url.username, url.password] = ["", ""];
  const redirect = login === ":" ? "follow" : "manual";
  const response = await fetch(url, { headers, redirect, signal: AbortSignal.timeout(deadlineMs) });
  if (response.ok || response.status === 404 || response.status === 410) return response;
  await response.body?.cancel();
  throw new Error(`status ${response.status}`);
}

async function keep(response: Response, into: string): Promise<Fetched> {
  if (response.status !== 200) {
    const text = (await response.text()).slice(0, absentTextMax);
    return { status: "absent", text, sha256: "", sizeBytes: 0 };
  }
  const hasher = new Bun.CryptoHasher("sha256");
  const file = openSync(into, "w", 0o600);
  let sizeBytes = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes > moduleZipBytesMax) throw new Error("more than 500 MB");
      hasher.update(chunk);
      for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
    }
  } finally {
    closeSync(file);
  }
  return { status: "found", text: "", sha256: hasher.digest("hex"), sizeBytes };
}
