/** Generated code whose lines come in the order of a map, which is another one each time. */

import { calleeName } from "../../../go/idiom/calls.ts";
import { withinOf } from "../../../go/idiom/control.ts";
import { generatedHeaders, isGenerator } from "../../../go/idiom/generators.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { rootOf } from "../../../go/idiom/variables.ts";
import { Kind } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

const printing =
  /^(?:fmt\.Fprint(?:f|ln)?|io\.WriteString|(?:bytes\.Buffer|bufio\.Writer|strings\.Builder|io\.Writer|io\.StringWriter)\.Write(?:String|Byte|Rune)?)$/u;

export const rule: GoRule = {
  meta: {
    id: "go/generated-in-map-order",
    title: "generated code in the order of a map",
    category: "reproducibility",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    if (!isGenerator(pkg)) return;
    for (const loop of pkg.tree.all(Kind.RangeStmt)) {
      const x = pkg.tree.x(loop);
      const body = pkg.tree.body(loop);
      if (x === undefined || body === undefined || pkg.typeOf(x)?.underlying?.kind !== "map" || inTest(pkg, loop)) {
        continue;
      }
      if (generatedHeaders(pkg).some((literal) => pkg.tree.contains(body, literal)) || !writes(pkg, loop, body)) {
        continue;
      }
      report(pkg.place(x), {
        message: `what is written here comes in the order of ${pkg.text(x)}, a map: another order in each run`,
        why: "The same input gives another file each time, which is built and tested again; sorted keys give the same one.",
        confidence: "medium",
      });
    }
  },
};

/** Whether the loop's body prints, or adds to a text, that was there before the loop. */
function writes(pkg: GoPackage, loop: NodeId, body: NodeId): boolean {
  const { tree } = pkg;
  const prints = withinOf(tree, body, Kind.CallExpr).some((call) => {
    if (!printing.test(calleeName(pkg, call) ?? "")) return false;
    const callee = tree.callee(call);
    const isMethod = !/^(?:fmt|io)\./u.test(pkg.text(callee));
    const target = isMethod ? tree.x(callee) : tree.args(call)[0];
    return target !== undefined && isOutside(pkg, target, loop);
  });
  return prints || withinOf(tree, body, Kind.AssignStmt).some((statement) => addsText(pkg, statement, loop));
}

/** Standard error and output are no generated file; what is made in the loop is complete by itself. */
function isOutside(pkg: GoPackage, target: NodeId, loop: NodeId): boolean {
  if (pkg.text(target).startsWith("os.Std")) return false;
  const root = rootOf(pkg, target);
  return root?.decl === undefined || !pkg.tree.contains(loop, root.decl);
}

function addsText(pkg: GoPackage, statement: NodeId, loop: NodeId): boolean {
  const [target] = pkg.tree.lhs(statement);
  if (pkg.tree.op(statement) !== "+=" || target === undefined) return false;
  const type = pkg.typeOf(target);
  const isLine = pkg.tree.all(Kind.BasicLit, statement).some((literal) => /\\n|\n/u.test(pkg.tree.name(literal)));
  const isText = isLine && (type === undefined || type.underlying?.name === "string");
  return isText && isOutside(pkg, target, loop);
}
