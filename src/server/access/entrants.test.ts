import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { SignJWT, UnsecuredJWT } from "jose";
import { startIssuer } from "../../../test/e2e/oidc-issuer.ts";
import { readAccessPolicy } from "../../cache/trust/read-access-policy.ts";
import { createManualClock, type ManualClock } from "../../core/clock.ts";
import { BallastError } from "../../core/errors.ts";
import { createEntrants, type Entrant, type Entrants } from "./entrants.ts";
import { createIssuerKeys } from "./issuer-keys.ts";
import { createSessionTokens } from "./session-token.ts";

const issuer = await startIssuer();
afterAll(() => issuer.stop());

const main = { repository: "acme/app", ref: "refs/heads/main", event_name: "push" };
const text = (more = ""): string => `
issuers:
  ci: { url: "${issuer.url}", audience: ballast, platform: github${more} }
rules:
  - { name: main, when: { issuer: ci, repository: acme/app, ref: refs/heads/main }, set: { write: main, trust: trusted } }
`;
let clock: ManualClock;
let entrants: Entrants;

function open(more = "", key = Buffer.alloc(32, 7)): Entrants {
  const policy = readAccessPolicy(text(more), "access.yaml");
  const sessions = createSessionTokens(key);
  return createEntrants({
    policy,
    tokens: undefined,
    keys: createIssuerKeys(clock),
    sessions,
    sessionMs: 3_600_000,
    clock,
  });
}

beforeEach(() => {
  clock = createManualClock(Date.now());
  entrants = open();
});

function bearer(token: string): Headers {
  return new Headers({ authorization: `Bearer ${token}` });
}

/** The rule that decided, or the code and detail of what kept the token out. */
async function outcome(token: string, of = entrants): Promise<string> {
  try {
    const found: Entrant = await of.find(bearer(token));
    return found.decision.rule ?? found.decision.refusal ?? "";
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    expect(cause.message).not.toContain(token.slice(0, 30));
    return `${cause.code}: ${cause.message}`;
  }
}

describe("a token", () => {
  test("is verified once, and then known until it expires", async () => {
    const token = await issuer.sign(main, { nowMs: clock.nowMs() });
    expect(await outcome(token)).toBe("main");
    expect(entrants.find(bearer(token))).not.toBeInstanceOf(Promise);
    clock.advance(361_000);
    expect(await outcome(token)).toBe("server/token-refused: it has expired");
  });

  test("of another audience, from the future, too long-lived, or for another job gets nothing", async () => {
    const nowMs = clock.nowMs();
    const sign = (changes: object): Promise<string> => issuer.sign(main, { nowMs, ...changes });
    expect(await outcome(await sign({ audience: "elsewhere" }))).toContain("its claim aud is not as the policy asks");
    expect(await outcome(await sign({ nowMs: nowMs + 3_600_000 }))).toContain(
      "its claim iat is not as the policy asks",
    );
    expect(await outcome(await sign({ nowMs: nowMs - 3_600_000 }))).toContain("it has expired");
    expect(await outcome(await sign({ lifetimeSeconds: 86_400 }))).toContain("lives longer");
    expect(await outcome(await issuer.sign({ ...main, ref: "refs/heads/x" }, { nowMs }))).toBe(
      "no rule applies to this caller",
    );
  });

  test("signed otherwise than pinned is refused: alg none, the public key as a secret, another key, another issuer", async () => {
    const claims = { ...main, jti: "1" };
    const none = new UnsecuredJWT(claims)
      .setIssuer(issuer.url)
      .setAudience("ballast")
      .setIssuedAt()
      .setExpirationTime("5m")
      .encode();
    expect(await outcome(none)).toContain("server/token-refused");
    const secret = new TextEncoder().encode(JSON.stringify(issuer.publicKey));
    const sign = (
      header: { alg: string; kid?: string; jwk?: object },
      key: Uint8Array | CryptoKey,
      iss = issuer.url,
    ): Promise<string> =>
      new SignJWT(claims)
        .setProtectedHeader(header)
        .setIssuer(iss)
        .setAudience("ballast")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(key);
    expect(await outcome(await sign({ alg: "HS256", kid: "key-1" }, secret))).toContain("not signed by an algorithm");
    const pair = await crypto.subtle.generateKey(
      { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
      true,
      ["sign", "verify"],
    );
    expect(await outcome(await sign({ alg: "RS256", kid: issuer.publicKey.kid ?? "" }, pair.privateKey))).toContain(
      "its signature is wrong",
    );
    const jwk = { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)) };
    expect(await outcome(await sign({ alg: "RS256", jwk }, pair.privateKey))).toContain("its signature is wrong");
    expect(await outcome(await sign({ alg: "RS256" }, pair.privateKey, "https://evil.example"))).toContain(
      "its issuer is none",
    );
    for (const token of ["eyJ.e30.", "eyJhbGciOiJub25lIn0.e30.", "eyJ.ey.ey"]) {
      expect(await outcome(token)).toContain("server/token-refused");
    }
    expect(await outcome("plainly-no-token-at-all")).toContain("server/unauthorized");
  });
});

describe("keys", () => {
  test("a new one is fetched when a token names it, a removed one ends what it signed", async () => {
    const old = await issuer.sign(main, { nowMs: clock.nowMs() });
    expect(await outcome(old)).toBe("main");
    await issuer.rotate("remove");
    const token = await issuer.sign(main, { nowMs: clock.nowMs() });
    expect(await outcome(token)).toBe("main");
    expect(await outcome(old)).toContain("its key is none of the issuer's");
  });

  test("a removed one ends also where nobody shows a new one, within ten minutes", async () => {
    const session = (await entrants.exchange(bearer(await issuer.sign(main, { nowMs: clock.nowMs() })))).token;
    expect(await outcome(session)).toBe("main");
    await issuer.rotate("remove");
    expect(await outcome(session)).toBe("main");
    clock.advance(600_000);
    await outcome(session);
    for (let i = 0; i < 100 && (await outcome(session)) === "main"; i++) await Bun.sleep(5);
    expect(await outcome(session)).toContain("taken back its key");
  });

  test("tokens with made-up keys do not make the server ask and ask", async () => {
    await outcome(await issuer.sign(main, { nowMs: clock.nowMs() }));
    const before = issuer.keyRequests;
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    for (let i = 0; i < 20; i++) {
      const made = new SignJWT(main).setProtectedHeader({ alg: "ES256", kid: `made-up-${i}` }).setIssuer(issuer.url);
      await outcome(await made.setAudience("ballast").setIssuedAt().setExpirationTime("5m").sign(pair.privateKey));
    }
    expect(issuer.keyRequests - before).toBe(1);
  });

  test("an issuer that fails keeps nobody waiting, and its keys stay good for an hour", async () => {
    issuer.answerWith(500);
    const token = await issuer.sign(main, { nowMs: clock.nowMs() });
    expect(await outcome(token)).toContain("server/issuer-unreachable");
    issuer.answerWith(200);
    clock.advance(30_000);
    expect(await outcome(token)).toBe("main");
    issuer.answerWith(500);
    clock.advance(3_000_000);
    expect(await outcome(await issuer.sign(main, { nowMs: clock.nowMs() }))).toBe("main");
    clock.advance(700_000);
    expect(await outcome(await issuer.sign(main, { nowMs: clock.nowMs() }))).toContain("server/issuer-unreachable");
    issuer.answerWith(200);
  });
});

describe("sessions", () => {
  test("a token that may be used once opens one session, and nothing else", async () => {
    entrants = open(", once: true");
    const token = await issuer.sign(main, { nowMs: clock.nowMs() });
    expect((await entrants.find(bearer(token))).isForExchange).toBe(true);
    const { token: session, entrant } = await entrants.exchange(bearer(token));
    expect(entrant.decision.rule).toBe("main");
    expect(await outcome(session)).toBe("main");
    await expect(entrants.exchange(bearer(token))).rejects.toMatchObject({ code: "server/token-used" });
    clock.advance(3_600_000);
    expect(await outcome(session)).toContain("session has expired");
  });

  test("nodes of one key take each other's, others and changed ones are refused", async () => {
    const { token } = await entrants.exchange(bearer(await issuer.sign(main, { nowMs: clock.nowMs() })));
    expect(await outcome(token, open())).toBe("main");
    expect(await outcome(token, open("", Buffer.alloc(32, 8)))).toContain("server/unauthorized");
    const [mark = "", body = "", signature = ""] = token.split(".");
    const other = Buffer.from(body, "base64url").toString().replace("refs/heads/main", "refs/heads/mein");
    const changed = `${mark}.${Buffer.from(other).toString("base64url")}.${signature}`;
    expect(await outcome(changed)).toContain("server/unauthorized");
    await expect(entrants.exchange(bearer(token))).rejects.toMatchObject({ code: "server/token-refused" });
  });
});
