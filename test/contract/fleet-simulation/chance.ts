/** Chance that can be repeated: xorshift over 32 bits, begun with a seed. */
export interface Chance {
  /** 0 up to, not including, 1. */
  next(): number;
  below(limit: number): number;
  isOneIn(count: number): boolean;
  of<Item>(items: readonly Item[]): Item;
}

export function createChance(seed: number): Chance {
  let state = (seed * 2654435761) >>> 0 || 1;
  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  }
  for (let warm = 0; warm < 16; warm++) next();
  const below = (limit: number): number => Math.floor(next() * limit);
  return { next, below, isOneIn: (count) => below(count) === 0, of: (items) => items[below(items.length)]! };
}
