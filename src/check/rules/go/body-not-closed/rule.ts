/** The body of a response that is not closed, or not on every way out. */

import { calleeName, calleeText, callsTo } from "../../../go/idiom/calls.ts";
import { decidedBy, unreleasedReturn } from "../../../go/idiom/exits.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { comparesWithNil, localVariable, outer, takers, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

const requests = [
  "Get",
  "Post",
  "PostForm",
  "Client.Do",
  "Client.Get",
  "Client.Post",
  "Client.PostForm",
  "Transport.RoundTrip",
  "RoundTripper.RoundTrip",
].map((name) => `net/http.${name}`);

/** Functions that read a body and leave it open. */
const readers =
  /^(?:io(?:\/ioutil)?\.(?:ReadAll|Copy|CopyN|CopyBuffer|LimitReader|ReadFull|TeeReader|NewSectionReader)|bufio\.New\w+|encoding\/\w+\.New\w+|compress\/\w+\.New\w+|fmt\.Fscan\w*)$/u;

const why = "An open body keeps its connection: it is neither used again nor given up.";

export const rule: GoRule = {
  meta: {
    id: "go/body-not-closed",
    title: "a response whose body is not closed",
    category: "goroutine-leak",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, requests)) {
      if (inTest(pkg, call)) continue;
      const message = leak(pkg, call);
      if (message !== undefined) report(pkg.place(call), { message, why });
    }
  },
};

function leak(pkg: GoPackage, call: NodeId): string | undefined {
  const { tree } = pkg;
  const [response, err] = takers(tree, call);
  if (response === undefined || err === undefined) return undefined;
  if (tree.name(response) === "_" && calleeText(pkg, call).endsWith(".RoundTrip")) return undefined;
  if (tree.name(response) === "_") {
    return `the body that ${calleeText(pkg, call)} returns is never closed: nothing has it`;
  }
  const variable = localVariable(pkg, response);
  if (variable === undefined) return undefined;
  const closes: NodeId[] = [];
  for (const use of pkg.uses(variable)) {
    const fate = fateOf(pkg, use);
    if (fate === "gone") return undefined;
    if (fate === "closed") closes.push(checkAround(pkg, use, variable, pkg.symbol(err)) ?? use);
  }
  if (closes.length === 0) return `the body of ${variable.name} is never closed`;
  const failure = pkg.symbol(err);
  const exit =
    requestsOf(pkg, variable) > 1
      ? undefined
      : unreleasedReturn(pkg, call, closes, (node) => isExcused(pkg, node, variable, failure));
  return exit === undefined
    ? undefined
    : `the body of ${variable.name} is not closed on the way out at line ${pkg.place(exit).line}`;
}

/** The `if response != nil {` or `if err == nil {` around a close: where that does not hold there is nothing to close. */
function checkAround(
  pkg: GoPackage,
  close: NodeId,
  response: GoSymbol,
  failure: GoSymbol | undefined,
): NodeId | undefined {
  const { tree } = pkg;
  const check = tree.enclosing(close, Kind.IfStmt, Kind.FuncDecl);
  const condition = check === undefined || tree.kind(check) !== Kind.IfStmt ? undefined : tree.child(check, Role.Cond);
  if (check === undefined || condition === undefined) return undefined;
  const holds =
    comparesWithNil(pkg, condition, response, "!=") ||
    (failure !== undefined && comparesWithNil(pkg, condition, failure, "=="));
  return holds ? check : undefined;
}

/** How often the variable takes a response. */
function requestsOf(pkg: GoPackage, variable: GoSymbol): number {
  return pkg.uses(variable).filter((use) => useOf(pkg.tree, use) === "assigned").length;
}

/** Where the request failed there is no body: returns that depend on the error, or on the response being nil. */
function isExcused(pkg: GoPackage, exit: NodeId, response: GoSymbol, failure: GoSymbol | undefined): boolean {
  if (failure !== undefined && decidedBy(pkg, exit, failure)) return true;
  const around = pkg.tree.enclosing(exit, Kind.IfStmt);
  const condition = around === undefined ? undefined : pkg.tree.child(around, Role.Cond);
  return condition !== undefined && new RegExp(`\\b${response.name}\\s*==\\s*nil`, "u").test(pkg.text(condition));
}

/** What a use of the response does with its body. */
function fateOf(pkg: GoPackage, use: NodeId): "closed" | "gone" | "nothing" {
  const { tree } = pkg;
  const how = useOf(tree, use);
  if (how === "argument" || how === "returned" || how === "stored" || how === "address") return "gone";
  const selector = tree.parent(use);
  if (how !== "selected" || selector === undefined || !pkg.text(selector).endsWith(".Body")) return "nothing";
  return fateOfBody(pkg, selector);
}

function fateOfBody(pkg: GoPackage, body: NodeId): "closed" | "gone" | "nothing" {
  const { tree } = pkg;
  const how = useOf(tree, body);
  const parent = outer(tree, body);
  if (parent === undefined) return "nothing";
  if (how === "selected") {
    const sel = tree.child(parent, Role.Sel);
    return sel !== undefined && tree.name(sel) === "Close" ? "closed" : "nothing";
  }
  if (how === "argument") return readers.test(calleeName(pkg, parent) ?? "") ? "nothing" : "gone";
  return how === "other" ? "nothing" : "gone";
}
