/** Chance that can be repeated: a generator that a seed determines, on every machine alike. */

import { requireCount } from "./errors.ts";

export interface Random {
  /** Uniform in 0 ≤ x < 1, with 53 bits. */
  next(): number;
  /** A whole number in 0 ≤ x < bound. */
  below(bound: number): number;
}

/** sfc32 (PractRand's small fast counting generator), seeded by a hash of the seed and of what the numbers are for. */
export function createRandom(seed: number | string, purpose = ""): Random {
  const bytes = new Bun.CryptoHasher("sha256").update(`${seed}\0${purpose}`).digest();
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, 4);
  let [a, b, c, counter] = [words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0];
  const word = (): number => {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  };
  const next = (): number => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  return {
    next,
    below: (bound) => {
      requireCount(bound, "the bound", 1);
      return Math.floor(next() * bound);
    },
  };
}

/** The items in an order of chance (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [result[last], result[other]] = [result[other] as Item, result[last] as Item];
  }
  return result;
}
