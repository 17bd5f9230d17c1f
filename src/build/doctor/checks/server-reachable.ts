import type { CheckResult, DoctorCheck } from "../check.ts";
import type { HelloOutcome } from "../server-probe.ts";

export const check: DoctorCheck = {
  id: "server-reachable",
  title: "the server answers",
  run: async (context) => {
    const probe = await context.server();
    if (probe === undefined) return { status: "skipped", found: "no server is set: the cache is this machine's alone" };
    return judge(probe.url, probe.hello);
  },
};

function judge(url: string, hello: HelloOutcome): CheckResult {
  switch (hello.kind) {
    case "hello":
      return { status: "ok", found: `${url}, Ballast ${hello.version}` };
    case "refused":
      if (hello.isBallast) return { status: "ok", found: `${url}, a Ballast server` };
      return {
        status: "problem",
        found: `${url} answered ${hello.status}, and not as a Ballast server does`,
        why: "Something in front of the server refuses the request, or the address is another program's.",
        todo: "Check the address, and the proxy or gateway on the way to it.",
      };
    case "overloaded":
      return {
        status: "warning",
        found: `${url} has too many requests open`,
        why: "It refuses what it has no room for; builds go on, with fewer hits.",
        todo: "Try again; if it stays so, raise the server's --max-requests.",
      };
    case "other-version":
      return {
        status: "problem",
        found: `${url}: ${hello.said}`,
        why: "Client and server must speak one version of the protocol.",
        todo: "Update the older of the two.",
      };
    case "stranger":
      return {
        status: "problem",
        found: `${url} is not a Ballast server: ${hello.said}`,
        why: "The address names another program, or a proxy answers for the server.",
        todo: "Check host and port, and NO_PROXY where a proxy is set; the server itself answers /v1/hello.",
      };
    case "tls":
      return {
        status: "problem",
        found: `${url}: ${hello.said}`,
        why: "A server whose certificate cannot be checked may be anybody, and is not used.",
        todo: "For an own authority name its certificates with --ca-file; otherwise correct the certificate, or the address.",
      };
    case "unreachable":
    case "silent":
      return {
        status: "problem",
        found: `${url} cannot be reached: ${hello.kind === "silent" ? "it did not answer within 3 s" : hello.said}`,
        why: "Builds go on without it, as on an empty cache.",
        todo: "Check that the server runs, and name, port, https:// or http://, firewall and proxy between here and there.",
      };
  }
}
