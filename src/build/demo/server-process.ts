/** The demo's cache server: `ballast serve` as a child, on a port that is free. */

import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ownCommand } from "../../core/own-command.ts";
import { demoErrors } from "./errors.ts";
import type { Workspace } from "./workspace.ts";

export interface DemoServer {
  readonly url: string;
  /** Lets it finish what is under way; ends it when that takes too long. */
  stop(): Promise<void>;
  /** At once, for the end of this process. */
  kill(): void;
}

const readyLimitMs = 20_000;
const stopLimitMs = 5000;

/** Throws `build/demo-server-failed`. */
export async function startServer(
  workspace: Workspace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DemoServer> {
  const logFile = join(workspace.folder, "server.log");
  const log = openSync(logFile, "w");
  const child = Bun.spawn(
    [...ownCommand(), "serve", "--json", "--listen", "127.0.0.1:0", "--data", join(workspace.folder, "server")],
    { cwd: workspace.folder, env: { ...env }, stdin: "ignore", stdout: "pipe", stderr: log },
  );
  closeSync(log);
  const url = await Promise.race([readUrl(child.stdout), Bun.sleep(readyLimitMs)]);
  if (url === undefined) {
    child.kill("SIGKILL");
    throw demoErrors.error("build/demo-server-failed", readFileSync(logFile, "utf8").trimEnd().slice(-2000));
  }
  return {
    url,
    kill: () => child.kill("SIGKILL"),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
      await child.exited;
      clearTimeout(timer);
    },
  };
}

/** The address from the first line; `undefined` when the output ends before it. */
async function readUrl(output: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of output) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) return (JSON.parse(text.slice(0, text.indexOf("\n"))) as { url: string }).url;
  }
  return undefined;
}
