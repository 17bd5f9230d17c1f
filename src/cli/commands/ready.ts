import { readFileSync } from "node:fs";
import { exitStatus } from "../../core/errors.ts";
import { coreErrors } from "../../core/core-errors.ts";
import { isLoopbackUrl } from "../loopback-url.ts";
import { resolveCacheSettings, serverFlags } from "../cache-target.ts";
import { type CommandContext, defineCommand } from "../command.ts";

const defaultServer = "http://127.0.0.1:7420";

/** `ballast ready` */
export const command = defineCommand({
  path: ["ready"],
  summary: "ask a node whether it can serve, for health checks",
  details:
    "Exit status 0 when it is ready, 1 when it says that it is not, 3 when it does not answer. It needs no token and sends none. On a loopback address the certificate's name is not compared: a node is asked there by its own machine.",
  flags: {
    server: { ...serverFlags.server, doc: `The node's address; BALLAST_SERVER, or ${defaultServer}, when not given.` },
    caFile: serverFlags.caFile,
    timeout: { type: "duration", default: 2500, doc: "How long to wait for the answer." },
  },
  examples: [{ line: "ballast ready", remark: "As a container's health check." }],
  run: async (context, flags) => {
    const { values } = resolveCacheSettings(context, flags);
    const server = (values.server ?? defaultServer).replace(/\/+$/, "");
    const answer = await ask(context, server, values.caFile, flags.timeout);
    const [state, status] = judge(answer);
    context.stdout.write(`${server} ${state}\n`);
    return status;
  },
});

function judge(answer: number | undefined): readonly [string, number] {
  if (answer === undefined) return ["does not answer", exitStatus.dependency];
  return answer === 200 ? ["is ready", exitStatus.ok] : ["is not ready", exitStatus.findings];
}

/** The status of its answer; `undefined` when there is none. */
async function ask(
  { signal }: CommandContext,
  server: string,
  caFile: string | undefined,
  timeoutMs: number,
): Promise<number | undefined> {
  const tls = {
    ...(caFile === undefined ? {} : { ca: readCa(caFile) }),
    ...(isLoopbackUrl(server) ? { rejectUnauthorized: false } : {}),
  };
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(`${server}/readyz`, { signal: limit, redirect: "manual", tls } as BunFetchRequestInit);
    await response.body?.cancel();
    return response.status;
  } catch {
    // Refused, reset, timed out, no such name, a wrong certificate: for a health check all the same.
    return undefined;
  }
}

function readCa(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw coreErrors.error("core/settings-invalid", `\n  --ca-file: ${(cause as Error).message}`, { cause });
  }
}
