/** Generated code that says when it was generated, and so is another file each time. */

import { callsTo } from "../../../go/idiom/calls.ts";
import { generatedHeaders } from "../../../go/idiom/generators.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { localVariable, statementOf, takers, useOf } from "../../../go/idiom/variables.ts";
import { Kind } from "../../../go/kinds.ts";
import type { GoComment, GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

const why =
  "The same input gives another file each time: the compiled package is built and tested again, and every change looks like one of this file.";

export const rule: GoRule = {
  meta: {
    id: "go/generated-with-date",
    title: "generated code with a date",
    category: "reproducibility",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const file of pkg.files) {
      if (!file.text.includes("//go:generate")) continue;
      for (const comment of file.comments.filter(hasDate)) {
        report(pkg.place(file.node, comment.from, comment.to), {
          message: "this go:generate line puts the date into what it makes",
          why,
        });
      }
    }
    if (generatedHeaders(pkg).length === 0) return;
    for (const call of callsTo(pkg, ["time.Now"])) {
      if (inTest(pkg, call)) continue;
      const place = written(pkg, call);
      if (place !== undefined) report(pkg.place(place), { message: "time.Now is written into generated code", why });
    }
  },
};

/** `$(date …)`, backquotes with date, or a shell that runs date. */
function hasDate({ text }: GoComment): boolean {
  return (
    text.startsWith("//go:generate") &&
    /(?:\$\(|`|\b(?:sh|bash) -c .*?[;|&"']\s*)(?:\/usr)?(?:\/bin\/)?date\b(?!\s*=)/u.test(text)
  );
}

/** The expression by which the time gets into the text: the call, or the variable it was put into. */
function written(pkg: GoPackage, now: NodeId): NodeId | undefined {
  if (isWritten(pkg, now)) return now;
  const { tree } = pkg;
  const statement = tree.enclosing(now, Kind.AssignStmt, Kind.ValueSpec);
  const variable =
    statement === undefined || tree.func(now) === undefined ? undefined : variableOf(pkg, now, statement);
  return variable === undefined
    ? undefined
    : variable.find((use) => useOf(tree, use) !== "assigned" && isWritten(pkg, use));
}

/** The uses of the variable that takes `time.Now()…`. */
function variableOf(pkg: GoPackage, now: NodeId, statement: NodeId): readonly NodeId[] | undefined {
  const { tree } = pkg;
  const values = tree.kind(statement) === Kind.AssignStmt ? tree.rhs(statement) : [];
  const value = values.find((node) => tree.contains(node, now));
  const variable = value === undefined ? undefined : localVariable(pkg, takers(tree, value)[0]);
  return variable === undefined ? undefined : pkg.uses(variable);
}

/** Whether a node's statement also has the header, or a text like it, or executes a template that has it. */
function isWritten(pkg: GoPackage, node: NodeId): boolean {
  const { tree } = pkg;
  const statement = statementOf(tree, node);
  if (/\btime\.(?:Since|Until)\(|\.Sub\(/u.test(pkg.text(statement))) return false;
  const says = tree
    .all(Kind.BasicLit, statement)
    .some(
      (literal) =>
        tree.op(literal) === "STRING" &&
        /\bgenerated (?:at|on|by|from)\b|code generated|@generated|generation (?:date|time)/iu.test(
          tree.name(literal),
        ) &&
        /\/\//u.test(tree.name(literal)),
    );
  return says || executesTemplate(pkg, statement);
}

/** `page.Execute(w, …)` where the package has a template with the header and a time in it. */
function executesTemplate(pkg: GoPackage, statement: NodeId): boolean {
  if (!/\.Execute(?:Template)?\(/u.test(pkg.text(statement))) return false;
  return generatedHeaders(pkg).some((literal) =>
    /\{\{[^}]*(?:time|date|stamp|now)[^}]*\}\}/iu.test(pkg.tree.name(literal)),
  );
}
