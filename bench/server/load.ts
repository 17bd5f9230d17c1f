/** wrk, and nginx as the ceiling of a file server. */

import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { BenchFailure, verify } from "../measure/failure.ts";
import { freePort } from "../setup/free-port.ts";
import type { WorkFolder } from "../setup/work-folder.ts";

const root = resolve(import.meta.dir, "../..");
const installLimitMs = 15 * 60_000;

export interface LoadPrograms {
  readonly wrk: string;
  readonly nginx: string;
}

/** Installs both as the tests' components are, if they are not there. Throws BenchFailure with the reason. */
export async function findLoadPrograms(): Promise<LoadPrograms> {
  const argv = ["sh", join(root, "scripts/components"), "path", "wrk", "nginx"];
  const result = await runProcess({ argv, deadlineMs: installLimitMs });
  const [wrk, nginx] = result.stdout.trim().split("\n");
  if (result.exitCode !== 0 || wrk === undefined || nginx === undefined) {
    throw new BenchFailure(`wrk and nginx cannot be had: ${result.stderr.trim()}`);
  }
  return { wrk: join(wrk, "bin", "wrk"), nginx: join(nginx, "bin", "nginx") };
}

export interface LoadRequest {
  readonly wrk: string;
  readonly url: string;
  readonly script: "get.lua" | "put.lua";
  /** Of the script, after `--`. */
  readonly args: readonly string[];
  readonly durationMs: number;
  readonly work: WorkFolder;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly requests: number;
  /** Of the answers, their heads included. */
  readonly bytes: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

export const connections = 16;

/** One thread, sixteen connections. Throws BenchFailure for any failed request or status other than 2xx and 3xx. */
export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const { wrk, url, work, durationMs } = request;
  const script = work.at(request.script);
  writeFileSync(script, readScript(request.script) + readScript("done.lua"));
  const seconds = `${Math.max(1, Math.round(durationMs / 1000))}s`;
  const argv = [wrk, "-t1", `-c${connections}`, `-d${seconds}`, "-s", script, url, "--", ...request.args];
  const { stdout, stderr, exitCode } = await runProcess({ argv, cwd: work.path, deadlineMs: durationMs + 60_000 });
  const line = /^\{.*\}$/m.exec(stdout)?.[0];
  if (exitCode !== 0 || line === undefined) throw new BenchFailure(`wrk: ${stdout.slice(-1000)}${stderr.slice(-1000)}`);
  const found = JSON.parse(line) as Omit<LoadResult, "requestsPerSecond"> & Record<string, number>;
  const { requests, durationUs = 0, statusErrors, socketErrors } = found;
  verify(statusErrors === 0 && socketErrors === 0 && requests > 0, `wrk on ${url}: ${line}`);
  return { ...found, requestsPerSecond: (requests / durationUs) * 1e6 };
}

function readScript(name: string): string {
  return readFileSync(join(import.meta.dir, name), "utf8");
}

export interface FileServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** nginx over `files`: two workers, sendfile, every file's descriptor kept open. */
export async function startFileServer(nginx: string, files: string, work: WorkFolder): Promise<FileServer> {
  const prefix = work.fresh("nginx");
  mkdirSync(join(prefix, "temporary"));
  const port = freePort();
  writeFileSync(join(prefix, "nginx.conf"), configuration(prefix, files, port));
  const log = openSync(join(prefix, "start.log"), "w");
  const child = Bun.spawn([nginx, "-p", prefix, "-c", join(prefix, "nginx.conf"), "-e", join(prefix, "error.log")], {
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  closeSync(log);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await answers(url)); tries++) {
    const said = readFileSync(join(prefix, "start.log"), "utf8");
    verify(tries < 100 && child.exitCode === null, `nginx did not start: ${said}`);
    await Bun.sleep(50);
  }
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

/** More files than it may open are errors: where the machine allows fewer than the bodies, it opens the last anew. */
const openFilesMax = 150_000;
const openFilesSpared = 1024;

function openFilesAllowed(): number {
  const hard = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return Math.min(openFilesMax, hard === undefined ? openFilesMax : Number(hard) - openFilesSpared);
}

function configuration(prefix: string, files: string, port: number): string {
  const openFiles = openFilesAllowed();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${join(prefix, "temporary", name)};`)
    .join("\n");
  // As root the workers would run as somebody who cannot read the files.
  return `${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
worker_processes 2;
worker_rlimit_nofile ${openFiles + openFilesSpared};
pid ${join(prefix, "nginx.pid")};
events { worker_connections 4096; }
http {
${temporary}
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  open_file_cache max=${openFiles} inactive=1h;
  open_file_cache_valid 1h;
  open_file_cache_min_uses 1;
  default_type application/octet-stream;
  server { listen 127.0.0.1:${port}; root ${files}; }
}
`;
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false; // not yet
  }
}
