/**
 * What the stand-ins for actions/cache and actions/setup-go share: GitHub's cache protocol against act's cache server,
 * with the rules of @actions/cache: the version is a hash of the paths, and keys are immutable.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";

const api = `${process.env.ACTIONS_CACHE_URL}_apis/artifactcache`;
const archiveBytesMax = 1_000_000_000;
const headers = { authorization: `Bearer ${process.env.ACTIONS_RUNTIME_TOKEN}`, accept: "application/json" };

export function input(name) {
  return (process.env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
}

export function lines(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

export function state(name, value) {
  appendFileSync(process.env.GITHUB_STATE, `${name}=${value}\n`);
}

export function version(paths) {
  return createHash("sha256").update(paths.join("|")).digest("hex");
}

function absolute(path) {
  return resolve(process.env.GITHUB_WORKSPACE, path.replace(/^~/, homedir()));
}

/** The key that was found, after unpacking; undefined for a miss. */
export async function restore(paths, keys) {
  const query = new URLSearchParams({ keys: keys.join(","), version: version(paths) });
  const found = await fetch(`${api}/cache?${query}`, { headers });
  if (found.status !== 200) {
    console.log(`Cache not found for input keys: ${keys.join(", ")}`);
    return undefined;
  }
  const { archiveLocation, cacheKey } = await found.json();
  const archive = Buffer.from(await (await fetch(archiveLocation, { headers })).arrayBuffer());
  execFileSync("tar", ["-xzPf", "-"], { input: archive });
  console.log(`Cache restored from key: ${cacheKey}`);
  return cacheKey;
}

export async function save(paths, key) {
  const present = paths.map(absolute).filter((path) => existsSync(path));
  if (present.length === 0) {
    console.log("Path Validation Error: no path of the cache exists, hence no cache is being saved");
    return;
  }
  const body = execFileSync("tar", ["-czPf", "-", ...present], { maxBuffer: archiveBytesMax });
  const begun = await post("caches", { key, version: version(paths), cacheSize: body.length });
  if (begun.status >= 300) {
    console.log(`Cache save of ${key} refused: the key exists`);
    return;
  }
  const { cacheId } = await begun.json();
  const range = { "content-type": "application/octet-stream", "content-range": `bytes 0-${body.length - 1}/*` };
  await fetch(`${api}/caches/${cacheId}`, { method: "PATCH", headers: { ...headers, ...range }, body });
  await post(`caches/${cacheId}`, { size: body.length });
  console.log(`Cache saved with key: ${key}`);
}

function post(path, value) {
  const json = { ...headers, "content-type": "application/json" };
  return fetch(`${api}/${path}`, { method: "POST", headers: json, body: JSON.stringify(value) });
}

/** The folders of the go command in the environment of this step. */
export function goFolders() {
  const asked = execFileSync("go", ["env", "GOMODCACHE", "GOCACHE"], { encoding: "utf8" });
  return lines(asked);
}
