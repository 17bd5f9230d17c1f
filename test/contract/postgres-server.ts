/** A private Postgres on a Unix socket and a loopback port, in a folder of its own. */

import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { familyOf } from "../e2e/go-processes.ts";
import { freePort } from "../free-port.ts";

export interface PostgresServer {
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>;
  /** Stops answering without closing a connection, or goes on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

/** `nobody` on every Linux: Postgres refuses to run as root. */
const nobody = 65_534;

/** Starts the component that lies in `component`. */
export async function startPostgres(component: string): Promise<PostgresServer> {
  const base = mkdtempSync(join(tmpdir(), "ballast-postgres-"));
  const isRoot = process.getuid?.() === 0;
  // Root's cache folder is closed to others, so the server runs from a copy.
  cpSync(join(component, "root"), join(base, "root"), { recursive: true, verbatimSymlinks: true });
  const data = join(base, "data");
  mkdirSync(data);
  chmodSync(base, 0o755);
  if (isRoot) chownSync(data, nobody, nobody);
  const as = isRoot ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : [];
  const program = (name: string): string => join(base, "root/usr/lib/postgresql/15/bin", name);
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", HOME: data, LD_LIBRARY_PATH: libraries(base) };
  const initdb = [program("initdb"), "-D", join(data, "db"), "-U", "ballast", "-A", "trust", "--no-sync", "-E", "UTF8"];
  const made = Bun.spawnSync([...as, ...initdb], { cwd: data, env, stdout: "pipe", stderr: "pipe" });
  if (made.exitCode !== 0) throw new Error(`initdb: ${made.stderr.toString()}`);
  const port = freePort();
  const settings = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", `port=${port}`, "-k", data];
  const server = Bun.spawn([...as, program("postgres"), "-D", join(data, "db"), ...settings], {
    cwd: data,
    env,
    stdout: "ignore",
    stderr: "ignore",
  });
  const address = (database: string): string => `postgres://ballast@127.0.0.1:${port}/${database}`;
  await untilReady(address("postgres"));
  let count = 0;
  return {
    async newDatabase() {
      const name = `ledger${count++}`;
      const admin = new Bun.SQL(address("postgres"), { max: 1 });
      await admin.unsafe(`CREATE DATABASE ${name}`);
      await admin.close();
      return address(name);
    },
    signal(signal) {
      for (const pid of familyOf([server.pid])) process.kill(pid, signal);
    },
    async stop() {
      server.kill("SIGQUIT");
      await server.exited;
      rmSync(base, { recursive: true, force: true });
    },
  };
}

function libraries(base: string): string {
  const place = join(base, "root/usr/lib");
  const folders = readdirSync(place).filter((name) => name.endsWith("-linux-gnu"));
  return folders.map((name) => join(place, name)).join(":");
}

async function untilReady(url: string): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const sql = new Bun.SQL(url, { max: 1, connectionTimeout: 2 });
    try {
      await sql.unsafe("SELECT 1");
      return;
    } catch (cause) {
      if (performance.now() > deadlineMs) throw cause;
      await Bun.sleep(50);
    } finally {
      await sql.close({ timeout: 0 });
    }
  }
}
