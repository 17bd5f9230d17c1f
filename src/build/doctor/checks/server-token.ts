import type { CheckResult, DoctorCheck } from "../check.ts";
import { readServerToken } from "../server-token.ts";

export const check: DoctorCheck = {
  id: "server-token",
  title: "the token for the server",
  run: ({ settings }) => Promise.resolve(judge(settings.values)),
};

function judge(values: {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly server?: string | undefined;
}): CheckResult {
  const { from, trouble, isOpen } = readServerToken(values);
  if (from === undefined) return { status: "ok", found: "none is set" };
  if (trouble !== undefined) {
    return { status: "problem", ...troubles[trouble], found: `${from} ${troubles[trouble].found}` };
  }
  if (isOpen) {
    return {
      status: "warning",
      found: `${from} can be read by every user of this machine`,
      why: "Whoever has the token may read from the cache, or write what others then build with.",
      todo: `chmod 600 ${from}`,
    };
  }
  if (values.server?.startsWith("http://") === true && !isLoopback(values.server)) {
    return {
      status: "warning",
      found: `${from}; it is sent over http, not https`,
      why: "Everybody on the way to the server can read the token and change what is fetched.",
      todo: "Give the server a certificate (`ballast serve --tls-cert --tls-key`) and use https://.",
    };
  }
  return { status: "ok", found: `from ${from}` };
}

function isLoopback(server: string): boolean {
  const host = URL.parse(server)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

const troubles = {
  unreadable: {
    found: "cannot be read",
    why: "Without a token the server treats this runner as a stranger.",
    todo: "Check the path and the file's permissions; the job's user must be able to read it.",
  },
  empty: {
    found: "is empty",
    why: "CI platforms hand over an empty value where a secret is not available, for instance to a fork's change.",
    todo: "Make the secret available to this job, or leave the token out.",
  },
  "several-words": {
    found: "holds more than one word",
    why: "A runner's token is one word. A file with lines of `read TOKEN` and `write TOKEN` is the server's own.",
    todo: "Put one of the tokens alone into a file of the runner.",
  },
} as const;
