/** The analysers of `go vet` whose findings are ours to tell, as rules. */

import type { Category, Severity } from "../../finding.ts";
import type { RuleMeta } from "../../rule.ts";

const analysers: readonly (readonly [name: string, category: Category, severity: Severity, title: string])[] = [
  ["appends", "resilience", "warning", "an append that adds nothing"],
  ["atomic", "data-race", "error", "the result of an atomic operation assigned to its own operand"],
  ["cgocall", "unsafe", "error", "a Go pointer that C must not get"],
  ["copylocks", "data-race", "error", "a lock copied by value"],
  ["defers", "resilience", "warning", "a deferred call whose argument is computed too early"],
  ["httpresponse", "nil", "error", "a response used before its error was looked at"],
  ["loopclosure", "data-race", "error", "a loop variable that a function literal shares between iterations"],
  ["lostcancel", "goroutine-leak", "warning", "a context whose cancel function is never called"],
  ["nilfunc", "nil", "warning", "a function compared to nil"],
  ["sigchanyzer", "resilience", "warning", "signals sent to a channel without a buffer"],
  ["testinggoroutine", "resilience", "error", "Fatal called in a goroutine that a test started"],
  ["unsafeptr", "unsafe", "error", "an integer made into an unsafe.Pointer"],
  ["unusedresult", "resilience", "warning", "a call whose result is all it is for, and is dropped"],
  ["waitgroup", "data-race", "error", "WaitGroup.Add called inside the goroutine that it counts"],
];

/** The flags by which they, and no others, run: all of them always, so that Go keeps one result of a package and not several. */
export const vetAnalysers: readonly string[] = analysers.map(([name]) => `-${name}`);

/** One rule for each, `vet/<analyser>`. */
export const vetRules: readonly RuleMeta[] = analysers.map(([name, category, severity, title]) => ({
  id: `vet/${name}`,
  title,
  category,
  severity,
  since: "0.1.0",
  byDefault: true,
  depth: "types",
}));
