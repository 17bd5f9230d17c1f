/** An HTTP server that waits for a request's headers as long as the client likes. */

import { callsTo, calleeText, selectedName } from "../../../go/idiom/calls.ts";
import { isLoopbackAddress } from "../../../go/idiom/network.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { localVariable, takers, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

const shortcuts = ["ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS"].map((name) => `net/http.${name}`);
const limits: ReadonlySet<string> = new Set(["ReadHeaderTimeout", "ReadTimeout"]);

const why =
  "A client that sends its headers byte by byte, or not at all, keeps a connection and a goroutine for as long as it likes.";

export const rule: GoRule = {
  meta: {
    id: "go/server-without-header-timeout",
    title: "a server without a limit for headers",
    category: "resilience",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    if (/^(?:std\/)?net\/http(?:\/|$)/u.test(pkg.path)) return;
    for (const call of callsTo(pkg, shortcuts)) {
      const [address] = pkg.tree.args(call);
      if (inTest(pkg, call) || (address !== undefined && isLoopbackAddress(pkg.text(address)))) continue;
      report(pkg.place(call), {
        message: `${calleeText(pkg, call)} has no timeout, and no way to set one: use an http.Server with ReadHeaderTimeout`,
        why,
        confidence: "medium",
      });
    }
    for (const literal of pkg.tree.all(Kind.CompositeLit)) {
      if (!isServer(pkg, literal) || inTest(pkg, literal) || setsLimit(pkg, literal)) continue;
      report(pkg.place(literal), {
        message: "this http.Server sets neither ReadHeaderTimeout nor ReadTimeout",
        why,
        confidence: "medium",
      });
    }
  },
};

function isServer(pkg: GoPackage, literal: NodeId): boolean {
  const type = pkg.tree.type(literal);
  return (
    type !== undefined && pkg.tree.kind(type) === Kind.SelectorExpr && selectedName(pkg, type) === "net/http.Server"
  );
}

/** Whether the literal sets a limit, is empty (and filled elsewhere), listens locally, or gets a limit in a later statement. */
function setsLimit(pkg: GoPackage, literal: NodeId): boolean {
  const { tree } = pkg;
  const elements = tree.list(literal, Role.Elt);
  const keyed = elements.flatMap((element) => {
    const [key, value] = [tree.child(element, Role.Key), tree.child(element, Role.Value)];
    return key === undefined || value === undefined ? [] : [{ name: tree.name(key), value }];
  });
  if (keyed.length === 0) return true;
  if (keyed.some(({ name, value }) => limits.has(name) || (name === "Addr" && isLoopbackAddress(pkg.text(value))))) {
    return true;
  }
  const whole = tree.parent(literal);
  const value = whole !== undefined && tree.kind(whole) === Kind.UnaryExpr ? whole : literal;
  return takers(tree, value).some((taker) => getsLimit(pkg, taker));
}

/** Whether `server.ReadHeaderTimeout = …` follows, or the fields are set in some other function that gets it. */
function getsLimit(pkg: GoPackage, taker: NodeId): boolean {
  const { tree } = pkg;
  const symbol = localVariable(pkg, taker) ?? pkg.symbol(taker);
  if (symbol === undefined) return false;
  return pkg.uses(symbol).some((use) => {
    const selector = tree.parent(use);
    const sel =
      selector === undefined || tree.kind(selector) !== Kind.SelectorExpr ? undefined : tree.child(selector, Role.Sel);
    return (
      sel !== undefined && selector !== undefined && limits.has(tree.name(sel)) && useOf(tree, selector) === "assigned"
    );
  });
}
