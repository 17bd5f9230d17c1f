/** `err.(T)` with one result: it panics as soon as the error is wrapped, or is another one. */

import { bareAssertions, isGuarded, type Assertion } from "../../../go/idiom/assertions.ts";
import { functionName } from "../../../go/idiom/control.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { takers } from "../../../go/idiom/variables.ts";
import { Kind } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/error-assertion",
    title: "an error asserted without a check",
    category: "nil",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const assertion of bareAssertions(pkg)) {
      const type = pkg.typeOf(assertion.x);
      if (type?.kind !== "named" || type.name !== "error" || type.pkgPath !== "") continue;
      if (inTest(pkg, assertion.node) || isGuarded(pkg, assertion) || isPromised(pkg, assertion)) continue;
      if (/^must/iu.test(functionName(pkg.tree, pkg.tree.func(assertion.node)))) continue;
      report(pkg.place(assertion.node), {
        message: `${pkg.text(assertion.x)} is taken to be ${pkg.text(assertion.type)}: this panics when it is another error, or wrapped`,
        why: "Whoever returns the error may wrap it or return another one some day; errors.As finds the one inside and does not panic.",
        confidence: "medium",
      });
    }
  },
};

/** Packages whose functions document the type of their errors. */
const promising = /^(?:os|strconv|syscall|golang\.org\/x\/sys\/\w+|encoding\/\w+|net\/url)$/u;

/** Whether the error comes from a function of this program, or of a package that says which type it is. */
function isPromised(pkg: GoPackage, { x, type }: Assertion): boolean {
  if (/(?:^|\.)Errno$/u.test(pkg.text(type))) return true;
  const { tree } = pkg;
  if (tree.kind(x) === Kind.CallExpr) return isOfKnownPackage(pkg, x, type);
  const symbol = tree.kind(x) === Kind.Ident ? pkg.symbol(x) : undefined;
  if (symbol === undefined) return false;
  return pkg.uses(symbol).some((use) => {
    const statement = tree.enclosing(use, Kind.AssignStmt, Kind.ValueSpec);
    if (statement === undefined) return false;
    return tree
      .all(Kind.CallExpr, statement)
      .some((call) => takers(tree, call).includes(use) && isOfKnownPackage(pkg, call, type));
  });
}

function isOfKnownPackage(pkg: GoPackage, call: NodeId, type: NodeId): boolean {
  const target = pkg.callOf(call);
  if (target?.kind === "closure") return true;
  if (target?.kind !== "static") return false;
  const from = target.symbol.pkgPath;
  return (
    pkg.program.packagePaths.has(from) ||
    from === pkg.path ||
    promising.test(from) ||
    (from === "net/http" && pkg.text(type) === "*url.Error")
  );
}
