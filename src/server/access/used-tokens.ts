/** Token ids that opened a session already, kept until their tokens have expired anyway. */

export interface UsedTokens {
  /** False when the id was used before. */
  use(issuer: string, tokenId: string, expiresMs: number, nowMs: number): boolean;
}

/** When so many are remembered, further tokens are refused rather than one of these forgotten. */
const idsMax = 200_000;

export function createUsedTokens(): UsedTokens {
  const used = new Map<string, number>();
  let sweptMs = -Infinity;

  function sweep(nowMs: number): void {
    if (nowMs - sweptMs < 60_000) return;
    sweptMs = nowMs;
    for (const [key, expiresMs] of used) if (expiresMs < nowMs) used.delete(key);
  }

  return {
    use(issuer, tokenId, expiresMs, nowMs) {
      sweep(nowMs);
      const key = `${issuer} ${new Bun.CryptoHasher("sha256").update(tokenId).digest("base64")}`;
      if (used.has(key) || used.size >= idsMax) return false;
      used.set(key, expiresMs);
      return true;
    },
  };
}
