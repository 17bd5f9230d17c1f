/** A server with an access policy, and callers as CI platforms make them. */

import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { codec, type RequestContext } from "../../src/cache/protocol/entry.ts";
import { type Issuer, startIssuer } from "./oidc-issuer.ts";
import { type Client, createClient, mainContext, serve, type ServerProcess, temporaryFolder } from "./serve-fixture.ts";

export const operatorToken = "operator-token-0123456789";

export interface TrustFixture {
  readonly folder: string;
  readonly issuer: Issuer;
  readonly server: ServerProcess;
  readonly policyFile: string;
  /** A client of a job of this ref and event. */
  job(claims: Readonly<Record<string, string>>, context?: Partial<RequestContext>): Promise<Client>;
  token(claims: Readonly<Record<string, string>>): Promise<string>;
  client(context: Partial<RequestContext>, token?: string): Client;
  operator(): Client;
  /** What the server answers to these bytes within half a second, on a connection of its own. */
  raw(text: string): Promise<string>;
  /** The log's lines, once the server has ended. */
  end(): Promise<string>;
  remove(): void;
}

export const jobs = {
  main: {
    repository: "acme/app",
    ref: "refs/heads/main",
    event_name: "push",
    run_id: "100",
    actor: "alice",
    sha: "aaa",
  },
  change: {
    repository: "acme/app",
    ref: "refs/pull/7/merge",
    event_name: "pull_request",
    run_id: "700",
    actor: "bob",
    sha: "bbb",
  },
  otherChange: {
    repository: "acme/app",
    ref: "refs/pull/8/merge",
    event_name: "pull_request",
    run_id: "800",
    actor: "mallory",
    sha: "ccc",
  },
} as const;

function policyText(issuer: string, more = ""): string {
  return `
issuers:
  ci: { url: "${issuer}", audience: ballast, platform: github }
rules:
  - name: main
    when: { issuer: ci, repository: acme/app, ref: refs/heads/main, event: push }
    set: { write: main, trust: trusted }
  - name: changes
    when: { issuer: ci, repository: acme/app, event: pull_request }
    set: { write: "pr/{change}", read: main, trust: internal, quota: { bytes: 2MB, entries: 60, window: 1d, per: actor } }
  - name: operators
    when: { token: operator }
    set: { write: operator, operate: change }
  - name: forks
    when: { caller: anonymous }
    set: { read: main }
${more}`;
}

export async function startTrust(flags: readonly string[] = []): Promise<TrustFixture> {
  const folder = temporaryFolder();
  const issuer = await startIssuer();
  const [policyFile, tokens] = [join(folder.path, "access.yaml"), join(folder.path, "tokens")];
  writeFileSync(policyFile, policyText(issuer.url));
  writeFileSync(tokens, `write ${operatorToken} operator\n`);
  const data = join(folder.path, "data");
  const server = await serve(data, ["--access", policyFile, "--token-file", tokens, ...flags]);
  const client = (context: Partial<RequestContext>, token?: string): Client => {
    return createClient(server.url, {
      context: { ...mainContext, ...context },
      ...(token === undefined ? {} : { token }),
    });
  };
  const token = (claims: Readonly<Record<string, string>>): Promise<string> => issuer.sign(claims);
  return {
    folder: folder.path,
    issuer,
    server,
    policyFile,
    client,
    token,
    job: async (claims, context = {}) => client(context, await token(claims)),
    operator: () => client({ scope: "operator" }, operatorToken),
    raw: (text) => sendRaw(server.url, text),
    async end() {
      await server.end("SIGTERM");
      issuer.stop();
      return server.stderr();
    },
    remove: () => folder.remove(),
  };
}

function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => resolve(answer));
    socket.on("close", () => resolve(answer));
    setTimeout(() => socket.destroy(), 500);
  });
}

/** A compiled package's shape with something in it, so that it can conflict. */
export function archive(content: string): Buffer {
  const head = (name: string, size: number): string =>
    `${name.padEnd(16)}0           0     0     644     ${String(size).padEnd(10)}\`\n`;
  const members = [
    ["__.PKGDEF", `go object linux amd64 go1.26.8\n${content}`],
    ["_go_.o", `go object linux amd64 go1.26.8\n${content} code`],
  ] as const;
  const body = members.map(([name, text]) => {
    const padded = text.length % 2 === 0 ? text : `${text}\n`;
    return head(name, padded.length) + padded;
  });
  return Buffer.from(`!<arch>\n${body.join("")}`);
}

/** The action that a name stands for, as the fixtures make it. */
export const linkCodec = codec.absent;
