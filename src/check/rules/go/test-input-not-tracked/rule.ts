/** A test that depends on what Go's test cache does not see, so that an old result is shown for new input. */

import { calleeName, callsTo } from "../../../go/idiom/calls.ts";
import { testParameter } from "../../../go/idiom/surroundings.ts";
import { Kind } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

const why =
  "Go keeps a result while the test binary, the files that it opened inside the module, and the variables that it read by os.Getenv are the same; it looks at nothing else.";

export const rule: GoRule = {
  meta: {
    id: "go/test-input-not-tracked",
    title: "a test with input that the cache does not see",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, [
      "os/exec.Command",
      "os/exec.CommandContext",
      "syscall.Getenv",
      "os.ReadFile",
      "os.Open",
      "os.ReadDir",
    ])) {
      if (!testParameter(pkg, call) || /^(?:std\/)?(?:os|runtime|syscall)(?:_test)?$/u.test(pkg.path)) continue;
      const message = unseen(pkg, call);
      if (message !== undefined) report(pkg.place(call), { message, why, confidence: "medium" });
    }
  },
};

function unseen(pkg: GoPackage, call: NodeId): string | undefined {
  const name = calleeName(pkg, call);
  if (name === "syscall.Getenv") {
    return "syscall.Getenv is not seen by the test cache: the result stays when the variable changes; os.Getenv is seen";
  }
  const words = pkg.tree.args(call).map((argument) => textOf(pkg, argument));
  if (name === "os/exec.Command") return startedProgram(words);
  if (name === "os/exec.CommandContext") return startedProgram(words.slice(1));
  const [path] = words;
  return path === undefined ? undefined : outsideFile(path);
}

/** A constant text; `undefined` for everything else. */
function textOf(pkg: GoPackage, node: NodeId): string | undefined {
  const value = pkg.constant(node);
  if (typeof value === "string") return value;
  const at = pkg.tree.unparen(node);
  return pkg.tree.kind(at) === Kind.BasicLit && pkg.tree.op(at) === "STRING"
    ? pkg.tree.name(at).slice(1, -1)
    : undefined;
}

/** Packages of this repository that the go command compiles for the test, or a script beside it. */
function startedProgram([program, ...words]: readonly (string | undefined)[]): string | undefined {
  // What has no ending is usually built by the test itself.
  if (program !== undefined && /^\.\.?\/.*\.(?:sh|bash|py|pl|rb|js|ts)$/u.test(program)) {
    return `${program} is run by this test, but the test cache does not see it: the result stays when it changes`;
  }
  if (program !== "go" || !/^(?:build|run|install)$/u.test(words[0] ?? "")) return undefined;
  const target = words.slice(1).find((word) => word !== undefined && isPackage(word));
  return target === undefined
    ? undefined
    : `${target} is compiled by this test, but the test cache does not see it: the result stays when it changes`;
}

/** A path of this tree, or an import path without a version. */
function isPackage(word: string): boolean {
  if (word.startsWith("-") || word.includes("@")) return false;
  return /^\.\.?\/./u.test(word) || /^[a-z0-9-]+(?:\.[a-z0-9-]+)+\/\S+$/u.test(word);
}

/** Absolute paths, but those that the system makes up. */
function outsideFile(path: string): string | undefined {
  if (
    !path.startsWith("/") ||
    /^\/(?:dev|proc|sys|tmp)(?:\/|$)/u.test(path) ||
    /no.?such|non.?exist|does.?not|missing|invalid|bogus/iu.test(path)
  ) {
    return undefined;
  }
  return `${path} is outside the module, where the test cache does not look: the result stays when it changes`;
}
