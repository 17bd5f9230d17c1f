import { expect, test } from "bun:test";
import { type Arm, roundOrder, runRounds } from "./rounds.ts";

function armWriting(name: string, log: string[], value = 1): Arm {
  return {
    name,
    unit: "ms",
    run(round) {
      log.push(`${round}${name}`);
      return Promise.resolve({ value: value + round });
    },
  };
}

test("each arm runs once a round, and every other round goes backwards", async () => {
  const log: string[] = [];
  await runRounds(
    ["a", "b", "c"].map((name) => armWriting(name, log)),
    3,
    () => undefined,
  );
  expect(log).toEqual(["0a", "0b", "0c", "1c", "1b", "1a", "2a", "2b", "2c"]);
});

test("an arm's samples stay in the order of the rounds, so that they pair up", async () => {
  const series = await runRounds([armWriting("a", [], 10), armWriting("b", [], 20)], 4, () => undefined);
  expect(series.map(({ name, samples }) => [name, samples.map(({ value }) => value)])).toEqual([
    ["a", [10, 11, 12, 13]],
    ["b", [20, 21, 22, 23]],
  ]);
});

test("over two rounds every place in the order is taken by an arm as often as by its mirror", () => {
  const items = [1, 2, 3, 4];
  const places = items.map((item) => roundOrder(items, 0).indexOf(item) + roundOrder(items, 1).indexOf(item));
  expect(new Set(places)).toEqual(new Set([items.length - 1]));
});

test("an arm that fails ends the bench, and names that collide are refused", async () => {
  const failing: Arm = { name: "a", unit: "ms", run: () => Promise.reject(new Error("wrong binary")) };
  expect(runRounds([failing], 1, () => undefined)).rejects.toThrow("wrong binary");
  expect(runRounds([armWriting("a", []), armWriting("a", [])], 1, () => undefined)).rejects.toThrow("one name");
});
