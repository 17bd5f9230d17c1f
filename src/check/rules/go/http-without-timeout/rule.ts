/** A request that nothing ends: a client without Timeout, and a request without a context. */

import { calleeName, calleeText, callsTo, receiverOf, selectedName } from "../../../go/idiom/calls.ts";
import { isLoopbackAddress } from "../../../go/idiom/network.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { localVariable, outer, takers, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

const shortcuts = ["Get", "Head", "Post", "PostForm"].map((name) => `net/http.${name}`);
const methods = ["Do", "Get", "Head", "Post", "PostForm"].map((name) => `net/http.Client.${name}`);

export const rule: GoRule = {
  meta: {
    id: "go/http-without-timeout",
    title: "a request without a timeout",
    category: "resilience",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, [...shortcuts, ...methods])) {
      if (inTest(pkg, call) || isLocal(pkg, call) || !isEndlessRequest(pkg, call)) continue;
      report(pkg.place(call), {
        message: `${calleeText(pkg, call)} has no timeout: a server that accepts and does not answer stops this goroutine for good`,
        why: "http.Client waits without end unless its Timeout is set or the request's context has a deadline.",
        confidence: "medium",
      });
    }
  },
};

function isLocal(pkg: GoPackage, call: NodeId): boolean {
  const [url] = pkg.tree.args(call);
  return url !== undefined && isLoopbackAddress(pkg.text(url));
}

function isEndlessRequest(pkg: GoPackage, call: NodeId): boolean {
  const name = calleeName(pkg, call) ?? "";
  if (shortcuts.includes(name)) return true;
  const client = receiverOf(pkg, call);
  if (client === undefined || !hasNoTimeout(pkg, client)) return false;
  return name !== "net/http.Client.Do" || isWithoutContext(pkg, pkg.tree.args(call)[0]);
}

/** Whether the client is known to have no Timeout: the default one, or a local literal that never gets one. */
function hasNoTimeout(pkg: GoPackage, client: NodeId): boolean {
  const { tree } = pkg;
  if (tree.kind(client) === Kind.SelectorExpr) return selectedName(pkg, client) === "net/http.DefaultClient";
  const variable = localVariable(pkg, client) ?? packageVariable(pkg, client);
  const literal = variable === undefined ? undefined : literalOf(pkg, variable);
  if (variable === undefined || literal === undefined || mentions(pkg, literal, "Timeout")) return false;
  // A transport of its own that does not wait for headers without end.
  if (pkg.text(literal).includes("ResponseHeaderTimeout")) return false;
  return pkg.uses(variable).every((use) => use === variable.decl || isOnlyCalled(pkg, use));
}

/** A variable that only this package can set. */
function packageVariable(pkg: GoPackage, node: NodeId): GoSymbol | undefined {
  const symbol = pkg.tree.kind(node) === Kind.Ident ? pkg.symbol(node) : undefined;
  return symbol?.kind === "var" && symbol.scope === "package" && !symbol.exported ? symbol : undefined;
}

/** The `http.Client{…}` that a variable is declared with. */
function literalOf(pkg: GoPackage, variable: GoSymbol): NodeId | undefined {
  const { tree } = pkg;
  const declaration =
    variable.decl === undefined ? undefined : tree.enclosing(variable.decl, Kind.AssignStmt, Kind.ValueSpec);
  if (declaration === undefined) return undefined;
  return tree.all(Kind.CompositeLit, declaration).find((literal) => {
    const type = tree.type(literal);
    if (type === undefined || tree.kind(type) !== Kind.SelectorExpr || selectedName(pkg, type) !== "net/http.Client") {
      return false;
    }
    const whole = tree.parent(literal);
    const value = whole !== undefined && tree.kind(whole) === Kind.UnaryExpr ? whole : literal;
    return takers(tree, value).includes(variable.decl ?? 0);
  });
}

function mentions(pkg: GoPackage, literal: NodeId, field: string): boolean {
  const { tree } = pkg;
  return tree.list(literal, Role.Elt).some((element) => {
    const key = tree.child(element, Role.Key);
    return tree.kind(element) !== Kind.KeyValueExpr || (key !== undefined && tree.name(key) === field);
  });
}

/** Whether a use of the client only calls it, or sets a field that is not its Timeout. */
function isOnlyCalled(pkg: GoPackage, use: NodeId): boolean {
  const { tree } = pkg;
  const selector = tree.parent(use);
  if (selector === undefined || useOf(tree, use) !== "selected") return false;
  const sel = tree.child(selector, Role.Sel);
  return sel !== undefined && tree.name(sel) !== "Timeout";
}

/** Whether a request is a local one of http.NewRequest that never gets a context. */
function isWithoutContext(pkg: GoPackage, request: NodeId | undefined): boolean {
  const { tree } = pkg;
  const variable = localVariable(pkg, request);
  if (variable === undefined) return false;
  const made = callsTo(pkg, ["net/http.NewRequest"]).some((call) =>
    takers(tree, call).some((taker) => pkg.symbol(taker) === variable),
  );
  const uses = pkg.uses(variable);
  const sets = uses.filter((use) => useOf(tree, use) === "assigned");
  const isHandedOn = uses.some((use) => useOf(tree, use) === "argument" && !isRequested(pkg, use));
  return made && sets.length === 1 && !isHandedOn;
}

/** Whether a use is the argument of a client's Do. */
function isRequested(pkg: GoPackage, use: NodeId): boolean {
  const call = outer(pkg.tree, use);
  return call !== undefined && calleeName(pkg, call) === "net/http.Client.Do";
}
