import { expect, test } from "bun:test";

import { createManualClock } from "./clock.ts";
import { createProgress } from "./progress.ts";

function recorder(isTTY: boolean, columns = 20) {
  const clock = createManualClock();
  const written: string[] = [];
  const progress = createProgress({ write: (text) => written.push(text), isTTY, columns }, clock);
  return { clock, written, progress };
}

test("work of less than a second says nothing, except its summary on a terminal", () => {
  for (const isTTY of [true, false]) {
    const { clock, written, progress } = recorder(isTTY);
    progress.update("half");
    clock.advance(999);
    progress.update("nearly");
    progress.finish("done");
    expect(written).toEqual(isTTY ? ["done\n"] : []);
  }
});

test("on a terminal one line is redrawn, at most ten times a second, and removed at the end", () => {
  const { clock, written, progress } = recorder(true);
  clock.advance(1000);
  progress.update("1");
  clock.advance(50);
  progress.update("2");
  clock.advance(50);
  progress.update("3\nwide wide wide wide wide");
  progress.note("kept");
  progress.finish();
  expect(written).toEqual(["\r\u001b[K1", "\r\u001b[K3 wide wide wide w…", "\r\u001b[K", "kept\n"]);
});

test("elsewhere a plain line now and then", () => {
  const { clock, written, progress } = recorder(false);
  for (let second = 0; second <= 25; second += 1) {
    progress.update(`${second} s`);
    clock.advance(1000);
  }
  progress.finish("done");
  expect(written).toEqual(["1 s\n", "11 s\n", "21 s\n", "done\n"]);
});
