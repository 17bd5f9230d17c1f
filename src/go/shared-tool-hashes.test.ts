import { expect, test } from "bun:test";
import { openSharedToolHashes, sharedToolHashesBytes } from "./shared-tool-hashes.ts";

const hash = "ab".repeat(32);

test("each file is taken once, and what one thread found the other reads", () => {
  const memory = new SharedArrayBuffer(sharedToolHashesBytes);
  const [one, other] = [openSharedToolHashes(memory), openSharedToolHashes(memory)];
  expect([one.take(0), other.take(0), other.take(1)]).toEqual([true, false, true]);
  one.put(0, hash);
  other.put(1, undefined);
  expect(other.read(0)).toEqual({ hash });
  expect(one.read(1)).toEqual({ hash: undefined });
});

test("a file that nobody has taken, or that does not fit, is left to the reader", () => {
  const hashes = openSharedToolHashes(new SharedArrayBuffer(sharedToolHashesBytes));
  expect([hashes.read(0), hashes.take(16), hashes.read(16)]).toEqual([undefined, false, undefined]);
});
