/** An issuer of tokens as CI platforms have one: discovery, keys that are rotated, tokens that are signed. */

import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

export interface Issuer {
  readonly url: string;
  /** How often keys were asked for. */
  readonly keyRequests: number;
  /** A token with these claims; what is not given is right for the audience `ballast`. */
  sign(
    claims: JWTPayload,
    changes?: { readonly audience?: string; readonly lifetimeSeconds?: number; readonly nowMs?: number },
  ): Promise<string>;
  /** Signs with a new key from now on; the old one stays among the public keys unless it is removed. */
  rotate(change: "keep" | "remove"): Promise<void>;
  /** Answers nothing but this status from now on; 200 is normal. */
  answerWith(status: number): void;
  readonly publicKey: JWK;
  stop(): void;
}

export async function startIssuer(): Promise<Issuer> {
  let keys: JWK[] = [];
  let current: { readonly kid: string; readonly key: PrivateKey } | undefined;
  let serial = 0;
  let status = 200;
  let keyRequests = 0;

  async function addKey(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair("RS256");
    const kid = `key-${++serial}`;
    keys = [...keys, { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }];
    current = { kid, key: privateKey };
  }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request): Response {
      const { pathname, origin: url } = new URL(request.url);
      if (status !== 200) return new Response("no", { status });
      if (pathname === "/.well-known/openid-configuration") {
        return Response.json({ issuer: url, jwks_uri: `${url}/keys` });
      }
      if (pathname !== "/keys") return new Response("no", { status: 404 });
      keyRequests++;
      return Response.json({ keys });
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  await addKey();
  return {
    url,
    get keyRequests() {
      return keyRequests;
    },
    get publicKey() {
      return keys.at(-1) as JWK;
    },
    async sign(claims, { audience = "ballast", lifetimeSeconds = 300, nowMs = Date.now() } = {}) {
      if (current === undefined) throw new Error("there is no key");
      const now = Math.floor(nowMs / 1000);
      return new SignJWT({ jti: crypto.randomUUID(), sub: "repo:acme/app", ...claims })
        .setProtectedHeader({ alg: "RS256", kid: current.kid, typ: "JWT" })
        .setIssuer(url)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetimeSeconds)
        .sign(current.key);
    },
    async rotate(change) {
      if (change === "remove") keys = [];
      await addKey();
    },
    answerWith(code) {
      status = code;
    },
    stop: () => void server.stop(true),
  };
}
