/**
 * Rows of 32-bit words under a key, side by side in one array, and an open-addressed table of their numbers beside it.
 * A million objects in a map take five times the memory, and each of them is one more for the garbage collector to visit.
 */

export interface PackedRows {
  words: Uint32Array;
  /** 0 where nothing is; else 16 bits of the key's hash, and the row's number + 1 below. Its length is a power of two. */
  buckets: Uint32Array;
  count: number;
}

export interface RowShape {
  readonly rowWords: number;
  /** The row's first words are its key. */
  readonly keyWords: number;
  /** Secret, so that nobody can choose keys that collide. */
  readonly seed: number;
}

/** A row's number has 16 bits. */
export const packedRowsMax = 0xffff;

/** Three rows for each four buckets, at most. */
const bucketsPerRow = 4 / 3;

export function createPackedRows(): PackedRows {
  return { words: new Uint32Array(0), buckets: new Uint32Array(1), count: 0 };
}

/** A mix of all words of a key: bits 0–15 choose the bucket, 8–23 tell keys of near buckets apart, 24–31 are the caller's. */
export function hashKey(words: Uint32Array, first: number, { keyWords, seed }: RowShape): number {
  let hash = seed;
  for (let at = first; at < first + keyWords; at++) {
    hash = Math.imul(hash ^ (words[at] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Reads the beginning and the middle of the row that a key's first bucket names. */
export function touchRow({ buckets, words }: PackedRows, hash: number, shape: RowShape): number {
  const bucket = buckets[hash & (buckets.length - 1)] as number;
  if (bucket === 0) return 0;
  const first = firstWord(bucket, shape);
  return (
    (words[first] as number) ^
    (words[first + (shape.rowWords >>> 1)] as number) ^
    (words[first + shape.rowWords - 1] as number)
  );
}

function tagOf(hash: number): number {
  return (hash >>> 8) & 0xffff;
}

/** The bucket of a key; -1 when there is none. */
export function findBucket(rows: PackedRows, key: Uint32Array, hash: number, shape: RowShape): number {
  const { buckets, words } = rows;
  const mask = buckets.length - 1;
  const tag = tagOf(hash);
  for (let at = hash & mask; ; at = (at + 1) & mask) {
    const bucket = buckets[at] as number;
    if (bucket === 0) return -1;
    if (bucket >>> 16 === tag && isKey(words, firstWord(bucket, shape), key, shape.keyWords)) return at;
  }
}

/** Where in `words` the row of a bucket begins. */
export function rowAt(rows: PackedRows, at: number, shape: RowShape): number {
  return firstWord(rows.buckets[at] as number, shape);
}

function firstWord(bucket: number, { rowWords }: RowShape): number {
  return ((bucket & 0xffff) - 1) * rowWords;
}

function isKey(words: Uint32Array, first: number, key: Uint32Array, keyWords: number): boolean {
  for (let i = 0; i < keyWords; i++) if (words[first + i] !== key[i]) return false;
  return true;
}

export function capacityOf({ words }: PackedRows, { rowWords }: RowShape): number {
  return words.length / rowWords;
}

/** Bytes of both arrays with this capacity. */
export function packedBytes(capacity: number, { rowWords }: RowShape): number {
  return 4 * (capacity * rowWords + bucketCount(capacity));
}

function bucketCount(capacity: number): number {
  return capacity === 0 ? 1 : 2 ** Math.ceil(Math.log2(capacity * bucketsPerRow));
}

/** Room for so many rows, at least for those that are there. */
export function resizeRows(rows: PackedRows, capacity: number, shape: RowShape): void {
  const { words, count } = rows;
  rows.words = new Uint32Array(capacity * shape.rowWords);
  rows.words.set(words.subarray(0, count * shape.rowWords));
  if (bucketCount(capacity) === rows.buckets.length) return;
  rows.buckets = new Uint32Array(bucketCount(capacity));
  for (let row = 0; row < count; row++) link(rows, row, hashKey(rows.words, row * shape.rowWords, shape));
}

/** A new row, of which only the key is written; where its words begin. There must be room, and no row of this key. */
export function addRow(rows: PackedRows, key: Uint32Array, hash: number, { rowWords, keyWords }: RowShape): number {
  const row = rows.count++;
  link(rows, row, hash);
  const first = row * rowWords;
  for (let i = 0; i < keyWords; i++) rows.words[first + i] = key[i] as number;
  return first;
}

function link({ buckets }: PackedRows, row: number, hash: number): void {
  const mask = buckets.length - 1;
  let at = hash & mask;
  while (buckets[at] !== 0) at = (at + 1) & mask;
  buckets[at] = ((tagOf(hash) << 16) | (row + 1)) >>> 0;
}

/** Removes the row of a bucket. The last row takes its place. */
export function removeRow(rows: PackedRows, at: number, shape: RowShape): void {
  const { words, buckets } = rows;
  const { rowWords } = shape;
  const row = ((buckets[at] as number) & 0xffff) - 1;
  unlink(rows, at, shape);
  const last = --rows.count;
  if (row === last) return;
  const hash = hashKey(words, last * rowWords, shape);
  const bucket = findNumber(rows, last, hash);
  buckets[bucket] = ((buckets[bucket] as number) & 0xffff0000) | (row + 1);
  words.copyWithin(row * rowWords, last * rowWords, (last + 1) * rowWords);
}

/** The bucket of a row's number. */
export function findNumber({ buckets }: PackedRows, row: number, hash: number): number {
  const mask = buckets.length - 1;
  let at = hash & mask;
  while (((buckets[at] as number) & 0xffff) !== row + 1) at = (at + 1) & mask;
  return at;
}

/** Empties a bucket, and moves those behind it that would not be found past a hole. */
function unlink({ words, buckets }: PackedRows, at: number, shape: RowShape): void {
  const mask = buckets.length - 1;
  let hole = at;
  for (let next = (at + 1) & mask; buckets[next] !== 0; next = (next + 1) & mask) {
    const home = hashKey(words, firstWord(buckets[next] as number, shape), shape) & mask;
    // Whether its home lies behind the hole, going round.
    if (((next - home) & mask) < ((next - hole) & mask)) continue;
    buckets[hole] = buckets[next] as number;
    hole = next;
  }
  buckets[hole] = 0;
}
