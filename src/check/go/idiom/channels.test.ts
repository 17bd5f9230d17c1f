import { describe, expect, test } from "bun:test";

import { packageFromSource } from "../syntax/package-from-source.ts";
import { localChannels } from "./channels.ts";
import { hiddenChannels } from "./field-channels.ts";

const inFunction = (body: string, rest = ""): string => `package p\n\nfunc f() {\n${body}\n}\n${rest}`;

describe("a channel of one function", () => {
  test.each([
    ["is seen whole in its own literals", "c := make(chan int)\ngo func() { c <- 1 }()\n<-c", "", 1],
    ["is followed into a literal's parameter", "c := make(chan int)\ngo func(d chan<- int) { d <- 1 }(c)\n<-c", "", 1],
    [
      "is followed into functions of the package",
      "c := make(chan int)\ngo g(c)\n<-c",
      "func g(d chan<- int) { d <- 1 }\n",
      1,
    ],
    ["is not known when it is returned to", "c := make(chan int)\nh(func() { c <- 1 })", "func h(func()) {}\n", 0],
    ["is not known when it is stored", "c := make(chan int)\nv = c\n<-c", "var v chan int\n", 0],
    ["is not known when another package gets it", "c := make(chan int)\nprintln(c)\n<-c", "", 0],
  ])("%s", (_, body, rest, count) => {
    expect(localChannels(packageFromSource(inFunction(body, rest)))).toHaveLength(count);
  });

  test("says which goroutine does what, and whether it has room", () => {
    const [channel] = localChannels(
      packageFromSource(
        inFunction("c := make(chan int, 2)\ngo func() { c <- 1; close(c) }()\nfor range c { }\nselect { case <-c: }"),
      ),
    );
    expect(channel?.isBuffered).toBe(true);
    expect(channel?.sends.map(({ goroutine }) => goroutine !== undefined)).toEqual([true]);
    expect(channel?.closes.map(({ goroutine }) => goroutine !== undefined)).toEqual([true]);
    expect(channel?.ranges.map(({ goroutine }) => goroutine)).toEqual([undefined]);
    expect(channel?.receives.map(({ clause }) => clause !== undefined)).toEqual([true]);
  });

  test("has room or not by its constant", () => {
    const buffered = (make: string): boolean | undefined =>
      localChannels(packageFromSource(inFunction(`n := 1\n_ = n\nc := ${make}\n<-c`)))[0]?.isBuffered;
    expect([buffered("make(chan int)"), buffered("make(chan int, 0)"), buffered("make(chan int, n)")]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("a channel of one package", () => {
  const fields = (source: string): readonly string[] =>
    hiddenChannels(packageFromSource(source)).map(({ symbol }) => symbol.name);

  test("is an unexported field or variable that is made here", () => {
    const source = `package p

type t struct {
	in, Out chan int
	other   chan int
}

var done = make(chan int)
var quit chan int

func f() *t {
	quit = make(chan int)
	v := &t{in: make(chan int), Out: make(chan int)}
	<-v.in
	<-quit
	<-done
	return v
}
`;
    expect(fields(source)).toEqual(["in", "done", "quit"]);
  });

  test("is not known where a selected name could not be resolved", () => {
    const source =
      'package p\n\nimport "example.com/q"\n\ntype t struct{ in chan int }\n\nfunc f() { v := t{in: make(chan int)}; <-v.in; close(q.Make().in) }\n';
    expect(fields(source)).toEqual([]);
  });
});
