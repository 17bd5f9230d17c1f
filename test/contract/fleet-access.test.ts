/** How a node proves itself: to a NATS server in operator mode and over TLS, and to S3 with credentials that are lent. */

import { afterAll, expect } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import type { Bus } from "../../src/cache/fleet/bus.ts";
import type { NatsAccess } from "../../src/cache/fleet/buses/nats-connection.ts";
import { openNatsBus } from "../../src/cache/fleet/buses/nats.ts";
import type { SharedStore } from "../../src/cache/fleet/shared-store.ts";
import { openSharedStore } from "../../src/cache/fleet/stores/open-shared-store.ts";
import { codec } from "../../src/cache/protocol/entry.ts";
import { makeCertificates, type TestCertificates } from "../e2e/test-certificates.ts";
import { testWith } from "../with-component.ts";
import { codeOf } from "../failure-code.ts";
import { bucket, startNats, startStore, storeKeys } from "./fleet-servers.ts";

const folder = mkdtempSync(join(tmpdir(), "ballast-access-"));
const endings: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
afterAll(async () => {
  for (const end of endings.toReversed()) await end();
});

const deadlineMs = 3000;

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function open(access: Partial<NatsAccess>): Bus {
  const none = { url: "", credsFile: undefined, caFile: undefined, certFile: undefined, keyFile: undefined };
  const bus = openNatsBus({ ...none, ...access, name: "test", bucket: "access", replicas: 1, maxBytes: 1_000_000 });
  endings.push(() => bus.close());
  return bus;
}

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A claim of NATS, signed as its tools do. */
function claim(issuer: KeyPair, subject: KeyPair, nats: object, expiresSeconds?: number): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const times = {
    iat: Math.floor(Date.now() / 1000),
    ...(expiresSeconds === undefined ? {} : { exp: expiresSeconds }),
  };
  const names = { jti: crypto.randomUUID(), iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name: "test" };
  const head = encode({ typ: "JWT", alg: "ed25519-nkey" });
  const text = `${head}.${encode({ ...times, ...names, nats: { version: 2, ...nats } })}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString("base64url")}`;
}

function credsOf(user: KeyPair, jwt: string): string {
  const seed = Buffer.from(user.getSeed()).toString();
  const part = (name: string, text: string): string => `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n\n`;
  return part("NATS USER JWT", jwt) + part("USER NKEY SEED", seed);
}

const unlimited = { subs: -1, data: -1, payload: -1 };

interface Operator {
  readonly config: string;
  readonly account: KeyPair;
}

function makeOperator(): Operator {
  const [operator, account, system] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const limits = { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const ofAccount = claim(operator, account, { type: "account", limits: { ...limits, ...storage } });
  const ofSystem = claim(operator, system, { type: "account", limits });
  const lines = [
    `operator: ${claim(operator, operator, { type: "operator" })}`,
    `system_account: ${system.getPublicKey()}`,
    "resolver: MEMORY",
    `resolver_preload: { ${account.getPublicKey()}: ${ofAccount}, ${system.getPublicKey()}: ${ofSystem} }`,
  ];
  return { config: write("operator.conf", `${lines.join("\n")}\n`), account };
}

testWith(
  "nats-server",
  "a credentials file opens a server in operator mode; it is read again when it changes",
  async (at) => {
    const { config, account } = makeOperator();
    const server = await startNats(at, ["-c", config]);
    endings.push(() => server.end());
    const user = nkeys.createUser();
    const nats = { type: "user", ...unlimited, pub: {}, sub: {} };
    const good = credsOf(user, claim(account, user, nats));
    const bus = open({ url: server.url, credsFile: write("good.creds", good) });
    const value = Buffer.from("1");
    expect(await bus.publish("a", value, 0, deadlineMs)).toMatchObject({ kind: "published" });
    expect(Buffer.from((await bus.read("a", deadlineMs))?.value ?? [])).toEqual(value);

    const expired = credsOf(user, claim(account, user, nats, Math.floor(Date.now() / 1000) - 60));
    const stranger = credsOf(user, claim(nkeys.createAccount(), user, nats));
    const otherSeed = credsOf(nkeys.createUser(), claim(account, user, nats));
    for (const [name, text] of Object.entries({ expired, stranger, otherSeed })) {
      const refused = open({ url: server.url, credsFile: write(`${name}.creds`, text) });
      expect([name, await codeOf(() => refused.read("a", deadlineMs))]).toEqual([name, "fleet/bus-refused"]);
    }
    expect(await codeOf(() => open({ url: server.url }).read("a", deadlineMs))).toBe("fleet/bus-refused");
    const missing = open({ url: server.url, credsFile: join(folder, "not-there.creds") });
    expect(await codeOf(() => missing.read("a", deadlineMs))).toBe("fleet/bus-refused");

    const renewed = open({ url: server.url, credsFile: write("renewed.creds", expired) });
    expect(await codeOf(() => renewed.read("a", deadlineMs))).toBe("fleet/bus-refused");
    write("renewed.creds", good);
    expect(Buffer.from((await renewed.read("a", deadlineMs))?.value ?? [])).toEqual(value);
  },
);

let certificates: Promise<TestCertificates> | undefined;

testWith(
  "nats-server",
  "TLS: from the first byte or after the greeting, and with a certificate of the node's own",
  async (at) => {
    const files = await (certificates ??= makeCertificates(folder, "localhost"));
    const strangers = join(folder, "strangers");
    mkdirSync(strangers);
    const others = await makeCertificates(strangers, "localhost");
    const tls = `cert_file: "${files.certFile}", key_file: "${files.keyFile}", ca_file: "${files.caFile}"`;
    const serve = async (name: string, options: string): Promise<string> => {
      const server = await startNats(at, ["-c", write(`${name}.conf`, `tls { ${tls}, ${options} }\n`)]);
      endings.push(() => server.end());
      return `127.0.0.1:${server.port}`;
    };
    const [greeting, first, mutual] = [
      await serve("greeting", "verify: false"),
      await serve("first", "verify: false, handshake_first: true"),
      await serve("mutual", "verify: true"),
    ];
    const { caFile, certFile, keyFile } = files;
    const own = { certFile, keyFile };
    const works = async (access: Partial<NatsAccess>, waitMs = deadlineMs): Promise<string> =>
      codeOf(() => open(access).read("a", waitMs));
    expect(await works({ url: `nats://${greeting}`, caFile })).toBe("no failure");
    expect(await works({ url: `tls://${first}`, caFile })).toBe("no failure");
    expect(await works({ url: `nats://${mutual}`, caFile, ...own })).toBe("no failure");
    // Who is not who the certificate says, and who has none.
    const refusals = ["fleet/bus-refused", "fleet/bus-unreachable"];
    expect(refusals).toContain(await works({ url: `nats://${greeting}`, caFile: others.caFile }, 800));
    expect(refusals).toContain(await works({ url: `tls://${first}`, caFile: others.caFile }, 800));
    expect(refusals).toContain(await works({ url: `nats://${mutual}`, caFile }, 800));
    const foreign = { certFile: others.certFile, keyFile: others.keyFile };
    expect(refusals).toContain(await works({ url: `nats://${mutual}`, caFile, ...foreign }, 800));
  },
);

function openS3(endpoint: string, env: Record<string, string>, nowMs: () => number): SharedStore {
  const settings = { url: `s3://${bucket}/lent`, endpoint, region: "us-east-1", pathStyle: "auto" as const };
  return openSharedStore({ settings, env: { HOME: folder, ...env }, nowMs });
}

interface Lender {
  readonly url: string;
  readonly asked: { readonly path: string; readonly authorization: string | null; readonly form: string }[];
  /** What is answered, by the time at which it will expire. */
  answer: (expires: string) => Response;
}

/** An endpoint that lends the store's keys for an hour, in the shape that AWS documents. */
function startLender(answer: Lender["answer"], nowMs: () => number): Lender {
  const asked: Lender["asked"][number][] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push({ path: pathname, authorization: request.headers.get("authorization"), form: await request.text() });
      return lender.answer(new Date(nowMs() + 3_600_000).toISOString());
    },
  });
  endings.push(() => server.stop(true));
  const lender: Lender = { url: `http://127.0.0.1:${server.port}`, asked, answer };
  return lender;
}

const body = Buffer.from("a body");
const id = new Bun.CryptoHasher("sha256").update(body).digest("hex");

/** Puts and gets with what is lent; lent again when it is about to expire, and not before. */
async function requireLending(store: SharedStore, lender: Lender, advance: (ms: number) => void): Promise<void> {
  await store.put(id, codec.identity, body, deadlineMs);
  expect(await store.has(id, deadlineMs)).toBe(true);
  expect(lender.asked).toHaveLength(1);
  advance(50 * 60_000);
  await store.has(id, deadlineMs);
  expect(lender.asked).toHaveLength(1);
  advance(9 * 60_000);
  await store.has(id, deadlineMs);
  expect(lender.asked).toHaveLength(2);
  const before = lender.answer;
  lender.answer = () => new Response("no", { status: 403 });
  advance(3_600_000);
  expect(await codeOf(() => store.has(id, deadlineMs))).toBe("fleet/store-no-credentials");
  lender.answer = before;
  expect(await store.has(id, deadlineMs)).toBe(true);
}

testWith("versitygw", "a web identity's token is changed for credentials, in time again and again", async (at) => {
  const server = await startStore(at);
  endings.push(() => server.end());
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const { accessKeyId, secretAccessKey } = storeKeys;
  const lender = startLender(
    (expires) =>
      new Response(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
  <Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
  <Expiration>${expires}</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
        { headers: { "content-type": "text/xml" } },
      ),
    nowMs,
  );
  const env = {
    AWS_WEB_IDENTITY_TOKEN_FILE: write("token", "a.token.of-the-platform\n"),
    AWS_ROLE_ARN: "arn:aws:iam::1:role/cache",
    AWS_ENDPOINT_URL_STS: lender.url,
  };
  const store = openS3(server.url, env, nowMs);
  await requireLending(store, lender, (ms) => (aheadMs += ms));
  expect(Object.fromEntries(new URLSearchParams(lender.asked[0]?.form))).toEqual({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: "arn:aws:iam::1:role/cache",
    RoleSessionName: "ballast",
    WebIdentityToken: "a.token.of-the-platform",
  });
});

testWith("versitygw", "a container's endpoint lends credentials to who has its token", async (at) => {
  const server = await startStore(at);
  endings.push(() => server.end());
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = storeKeys;
  const lender = startLender((Expiration) => Response.json({ AccessKeyId, SecretAccessKey, Expiration }), nowMs);
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${lender.url}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: write("container-token", "container-token\n"),
  };
  await requireLending(openS3(server.url, env, nowMs), lender, (ms) => (aheadMs += ms));
  expect(lender.asked[0]).toEqual({ path: "/v1/credentials", authorization: "container-token", form: "" });
  // What is lent is sent with its token: this server knows of no tokens, and refuses all of them.
  lender.answer = (Expiration) => Response.json({ AccessKeyId, SecretAccessKey, Token: "lent", Expiration });
  expect(await codeOf(() => openS3(server.url, env, nowMs).has(id, deadlineMs))).toBe("fleet/store-refused");
  lender.answer = () => new Response("not JSON");
  expect(await codeOf(() => openS3(server.url, env, nowMs).has(id, deadlineMs))).toBe("fleet/store-no-credentials");
});
