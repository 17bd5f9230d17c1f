/** A test that leaves a new file beside its sources, so that its result is never kept. */

import { calleeName, callsTo, shortName } from "../../../go/idiom/calls.ts";
import { endsIn } from "../../../go/idiom/control.ts";
import { functionsAround, testParameter } from "../../../go/idiom/surroundings.ts";
import { localVariable, outer, takers } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/test-writes-into-package",
    title: "a test that writes beside its sources",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, ["os.WriteFile", "io/ioutil.WriteFile", "os.Create", "os.OpenFile"])) {
      const [target, flags] = pkg.tree.args(call);
      if (target === undefined || !testParameter(pkg, call) || isOnRequest(pkg, call) || isCalledBack(pkg, call)) {
        continue;
      }
      if (calleeName(pkg, call) === "os.OpenFile" && (flags === undefined || !pkg.text(flags).includes("O_CREATE"))) {
        continue;
      }
      const path = pathOf(pkg, target, 3);
      if (path === undefined || !isRelative(path) || isTidied(pkg, call)) continue;
      report(pkg.place(call), {
        message: `the test writes ${path} beside its sources and leaves it: Go does not keep the result of such a run`,
        why: "A file of the module that a test opened and that is younger than two seconds at its end makes the result too new to be cached.",
        confidence: "medium",
      });
    }
  },
};

/** The path as far as it is constant: literals, filepath.Join and fmt.Sprintf of literals, a local variable of these. */
function pathOf(pkg: GoPackage, node: NodeId, depth: number): string | undefined {
  const { tree } = pkg;
  const at = tree.unparen(node);
  if (tree.kind(at) === Kind.BasicLit) return tree.op(at) === "STRING" ? tree.name(at).slice(1, -1) : undefined;
  const constant = pkg.constant(at);
  if (typeof constant === "string") return constant;
  if (depth === 0) return undefined;
  if (tree.kind(at) === Kind.CallExpr) return builtPath(pkg, at, depth);
  const variable = localVariable(pkg, at);
  const declaration = variable?.decl === undefined ? undefined : tree.enclosing(variable.decl, Kind.AssignStmt);
  if (variable === undefined || declaration === undefined) return undefined;
  const value = tree.rhs(declaration).find((right) => takers(tree, right).includes(variable.decl ?? 0));
  return value === undefined ? undefined : pathOf(pkg, value, depth - 1);
}

function builtPath(pkg: GoPackage, call: NodeId, depth: number): string | undefined {
  const name = calleeName(pkg, call);
  const parts = pkg.tree.args(call).map((argument) => pathOf(pkg, argument, depth - 1));
  if (name === "fmt.Sprintf") return parts[0];
  if (name !== "path/filepath.Join" && name !== "path.Join") return undefined;
  return parts[0] === undefined ? undefined : parts.map((part) => part ?? "*").join("/");
}

/** A path in the package's folder or below, where tests run; no name that starts with a verb can be known. */
function isRelative(path: string): boolean {
  return path !== "" && !/^(?:\/|\\|[A-Za-z]:|%|\.\.\/)/u.test(path);
}

/** Whether the functions around remove files, or moved to another folder before. */
function isTidied(pkg: GoPackage, call: NodeId): boolean {
  const { tree } = pkg;
  return functionsAround(pkg, call).some((func) =>
    tree
      .all(Kind.CallExpr, func)
      .some((other) => /^(?:Remove(?:All)?|Chdir|Rename)$|cleanup|teardown/iu.test(shortName(pkg, other))),
  );
}

const asking = /\*|flag|update|golden|write|gen|getenv|bless|record/iu;

/** Whether a flag asks for it, `if *update { … }`, or nobody but a failing test does it. */
function isOnRequest(pkg: GoPackage, call: NodeId): boolean {
  const { tree } = pkg;
  for (let at = call, parent = tree.parent(at); parent !== undefined; at = parent, parent = tree.parent(at)) {
    const condition =
      tree.kind(parent) === Kind.IfStmt && tree.role(at) !== Role.Init ? tree.child(parent, Role.Cond) : undefined;
    if (condition !== undefined && condition !== at && (asking.test(pkg.text(condition)) || fails(pkg, at))) {
      return true;
    }
    if (tree.role(at) === Role.Stmt && tree.stmts(parent).some((stmt) => stmt < at && isRefusal(pkg, stmt))) {
      return true;
    }
  }
  return false;
}

/** Whether a block tells that the test failed. */
function fails(pkg: GoPackage, block: NodeId): boolean {
  return pkg.tree.stmts(block).some((stmt) => /^\w+\.(?:Fatal|Error|Fail)/u.test(pkg.text(stmt)));
}

/** `if !*update { … t.Fatal(…) }`. */
function isRefusal(pkg: GoPackage, stmt: NodeId): boolean {
  const { tree } = pkg;
  const [condition, body] = tree.kind(stmt) === Kind.IfStmt ? [tree.child(stmt, Role.Cond), tree.body(stmt)] : [];
  return condition !== undefined && body !== undefined && asking.test(pkg.text(condition)) && endsIn(pkg, body);
}

/** Whether the call is in a literal that another function calls, perhaps in another folder; t.Run calls it where it is. */
function isCalledBack(pkg: GoPackage, call: NodeId): boolean {
  const { tree } = pkg;
  return functionsAround(pkg, call).some((func) => {
    const caller = tree.kind(func) === Kind.FuncLit ? outer(tree, func) : undefined;
    return (
      caller !== undefined &&
      tree.kind(caller) === Kind.CallExpr &&
      tree.role(func) === Role.Arg &&
      shortName(pkg, caller) !== "Run"
    );
  });
}
