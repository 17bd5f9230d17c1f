import { statSync } from "node:fs";
import { type RunnerToken, withheldText } from "../../../cache/runner-token.ts";
import type { CheckResult, DoctorCheck } from "../check.ts";

export const check: DoctorCheck = {
  id: "server-token",
  title: "the token for the server",
  run: ({ settings }) => Promise.resolve(judge(settings.token, settings.values)),
};

interface Settings {
  readonly token?: string | undefined;
  readonly server?: string | undefined;
}

function judge({ from, trouble }: RunnerToken, { token, server }: Settings): CheckResult {
  if (from === undefined) return { status: "ok", found: "none is set" };
  if (trouble === "withheld") return { status: "problem", ...withheld, found: withheldText(from) };
  if (trouble !== undefined) {
    return { status: "problem", ...troubles[trouble], found: `${from} ${troubles[trouble].found}` };
  }
  if (token === undefined && isOpen(from)) {
    return {
      status: "warning",
      found: `${from} can be read by every user of this machine`,
      why: "Whoever has the token may read from the cache, or write what others then build with.",
      todo: `chmod 600 ${from}`,
    };
  }
  if (server?.startsWith("http://") === true && !isLoopback(server)) {
    return {
      status: "warning",
      found: `${from}; it is sent over http, not https`,
      why: "Everybody on the way to the server can read the token and change what is fetched.",
      todo: "Give the server a certificate (`ballast serve --tls-cert --tls-key`) and use https://.",
    };
  }
  return { status: "ok", found: `from ${from}` };
}

/** Every user of this machine may read the file. */
function isOpen(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) !== 0;
}

function isLoopback(server: string): boolean {
  const host = URL.parse(server)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

const withheld = {
  why: "ballast.yaml comes with the checkout: a stranger's change could name a server there and collect the token.",
  todo: "Name the server where the token is named: BALLAST_SERVER in the job's environment, or --server.",
} as const;

const troubles = {
  unreadable: {
    found: "cannot be read",
    why: "Without a token the server treats this runner as a stranger.",
    todo: "Check the path and the file's permissions; the job's user must be able to read it.",
  },
  "no-token": {
    found: "holds no token",
    why: "It is empty, or more than one word. CI platforms hand over an empty value where a secret is not available, for instance to a fork's change.",
    todo: "Make the secret available to this job, or leave the token out. A file holds one word, or lines of `read TOKEN` and `write TOKEN`.",
  },
} as const;
