import { expect, test } from "bun:test";
import fc from "fast-check";

import { packageFromSource } from "../syntax/package-from-source.ts";
import { codeOf } from "./lower/lower.ts";
import { Decisions, type Schedule } from "./machine/decisions.ts";
import { runFunction } from "./machine/machine.ts";
import { executionsOf } from "./races.ts";

const schedules: readonly Schedule[] = ["starter first", "started first", "in turns"];

/** The lines of the pairs of accesses that race. */
function racesIn(source: string): string[] {
  const pkg = packageFromSource(source);
  const line = (node: number): number => pkg.place(node).line;
  return executionsOf(pkg)
    .races.map(({ earlier, later }) => [line(earlier.node), line(later.node)].toSorted((a, b) => a - b).join("-"))
    .toSorted();
}

test("a write beside a read races, and a join orders the two", () => {
  const body = (join: string): string =>
    `package p\nfunc f() int {\n\tx := 0\n\tc := make(chan bool)\n\tgo func() {\n\t\tx = 1\n\t\tc <- true\n\t}()\n${join}\n}\n`;
  expect(racesIn(body("\ty := x\n\t<-c\n\treturn y"))).toEqual(["6-9"]);
  expect(racesIn(body("\t<-c\n\ty := x\n\treturn y"))).toEqual([]);
});

test("functions that were not run are told, in one line for the package", () => {
  const endless = (name: string): string =>
    `func ${name}(n int) {\n\tx := 0\n\tfor i := 0; ; i++ {\n\t\tif n > i {\n\t\t\tgo func() { x = i }()\n\t\t}\n\t}\n}\n`;
  const pkg = packageFromSource(`package p\n${Array.from({ length: 60 }, (_, at) => endless(`f${at}`)).join("")}`);
  executionsOf(pkg);
  expect(pkg.partial).toHaveLength(1);
  expect(pkg.partial[0]?.reason).toMatch(/^\d+ functions of package p not searched for races and deadlocks/);
  expect(pkg.partial[0]?.line).toBeGreaterThan(10);
});

test("fields and elements of one variable do not race with each other, the whole does with each", () => {
  const source = (use: string): string =>
    `package p\ntype t struct{ a, b [2]int }\nfunc f() {\n\tvar v t\n\tgo func() { v.a[0] = 1 }()\n\t${use}\n}\n`;
  for (const use of ["v.b[0] = 2", "v.a[1] = 2", "_ = v.b"]) expect(racesIn(source(use))).toEqual([]);
  for (const use of ["v.a[0] = 2", "_ = v.a", "v = t{}"]) expect(racesIn(source(use))).toEqual(["5-6"]);
});

test("the kth receive is before the (k + capacity)th send", () => {
  const source = (capacity: number): string => `package p
func f() {
	data := 0
	room := make(chan bool, ${capacity})
	go func() {
		room <- true
		data = 1
		<-room
	}()
	room <- true
	data = 2
	<-room
}
`;
  expect(racesIn(source(1))).toEqual([]);
  expect(racesIn(source(2))).toEqual(["7-11"]);
});

test("whatever the schedule, a program whose threads share nothing unguarded has no race", () => {
  const steps = fc.array(fc.constantFrom("mu.Lock(); x++; mu.Unlock()", "n.Add(1)", "own++", "c <- 1", "y = x0"), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 3 }), fc.constantFrom(...schedules), (threads, schedule) => {
      const bodies = threads.map((one) => `go func() {\n own, y := 0, 0\n ${one.join("\n ")}\n _, _ = own, y\n}()`);
      const source = `package p\nimport ("sync"; "sync/atomic")\nfunc f(x0 int) {\n var mu sync.Mutex\n var n atomic.Int64\n x := 0\n c := make(chan int, 99)\n${bodies.join("\n")}\n mu.Lock()\n _ = x\n mu.Unlock()\n _ = n.Load()\n _ = c\n}\n`;
      const pkg = packageFromSource(source);
      const [func = 0] = pkg.functions;
      const run = runFunction({
        pkg,
        func,
        decisions: new Decisions(schedule, { taken: new Map() }, false),
        steps: 5000,
      });
      expect(run.races).toEqual([]);
      expect(run.isQuiet).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("without the lock every schedule shows the race", () => {
  const source = "package p\nfunc f() {\n x := 0\n go func() { x++ }()\n go func() { x++ }()\n}\n";
  const pkg = packageFromSource(source);
  for (const schedule of schedules) {
    const [func = 0] = pkg.functions;
    const run = runFunction({
      pkg,
      func,
      decisions: new Decisions(schedule, { taken: new Map() }, false),
      steps: 5000,
    });
    expect(run.races.length).toBeGreaterThan(0);
  }
});

test("every jump leads somewhere, whatever the control flow", () => {
  const source = `package p
func f(n int, c chan int, m map[string]int, x any) (r int) {
outer:
	for i := 0; i < n; i++ {
		switch {
		case i == 1:
			continue outer
		case i == 2:
			fallthrough
		default:
			break outer
		}
	}
	for range m {
		select {
		case v, ok := <-c:
			if ok { return v }
		case c <- 1:
		default:
			goto end
		}
	}
	switch y := x.(type) {
	case int:
		r = y
	case nil, string:
	}
end:
	return
}
`;
  const pkg = packageFromSource(source);
  const code = codeOf(pkg, pkg.functions[0] ?? 0)?.code ?? [];
  const targets = code.flatMap((one) => {
    if (one.op === "select") return [...one.cases.map(({ target }) => target), one.fallback];
    return "target" in one ? [one.target] : [];
  });
  expect(targets.length).toBeGreaterThan(10);
  for (const target of targets) expect(target >= 0 && target < code.length).toBe(true);
});

test("an endless program costs no more than its steps", () => {
  const source = "package p\nfunc f() {\n for {\n  go func() { for { } }()\n }\n}\n";
  const pkg = packageFromSource(source);
  const run = runFunction({
    pkg,
    func: pkg.functions[0] ?? 0,
    decisions: new Decisions("in turns", { taken: new Map() }, false),
    steps: 3000,
  });
  expect(run.stepsLeft).toBeLessThanOrEqual(0);
  expect(run.threads.length).toBeLessThanOrEqual(40);
});
