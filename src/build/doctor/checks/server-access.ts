import type { DoctorCheck } from "../check.ts";

export const check: DoctorCheck = {
  id: "server-access",
  title: "the server lets this runner in",
  run: async (context) => {
    const probe = await context.server();
    if (probe === undefined) return { status: "skipped", found: "no server is set" };
    const { hello } = probe;
    if (hello.kind === "refused") {
      return {
        status: "problem",
        found: hello.status === 401 ? "401: it wants a token that it knows" : "403: this runner may not use it",
        why: "No token, one that the server does not know, or one that has been withdrawn: nothing is fetched and nothing is sent.",
        todo: "Set BALLAST_TOKEN, or BALLAST_TOKEN_FILE to a file that holds a token of the server's own list.",
      };
    }
    if (hello.kind !== "hello") return { status: "skipped", found: "the server did not say" };
    const wantsToWrite = context.settings.values.mode === "read-write";
    if (hello.mode === "read-write" || !wantsToWrite) {
      return { status: "ok", found: wantsToWrite ? "may read and write" : `may read; BALLAST_MODE is read-only` };
    }
    return {
      status: "warning",
      found: "may read, and not write",
      why: "What is built here is not shared: the token is one for reading.",
      todo: "If that is meant, say so with BALLAST_MODE=read-only; otherwise give this runner a write token.",
    };
  },
};
