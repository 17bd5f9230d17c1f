import { expect, test } from "bun:test";
import { createBatching } from "./batching.ts";

test("what comes in one turn is flushed together, and each waits for it", async () => {
  const flushed: (readonly number[])[] = [];
  const add = createBatching<number>((items) => flushed.push(items));
  await Promise.all([add(1), add(2), add(3)]);
  await add(4);
  expect(flushed).toEqual([[1, 2, 3], [4]]);
});

test("a failure reaches all who waited, and those who come later begin anew", async () => {
  let isBroken = true;
  const add = createBatching<number>(() => {
    if (isBroken) throw new Error("broken");
  });
  const results = await Promise.allSettled([add(1), add(2)]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  isBroken = false;
  await add(3);
});
