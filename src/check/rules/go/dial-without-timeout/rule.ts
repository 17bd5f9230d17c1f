/** A connection that is waited for as long as the system likes, or without end. */

import { calleeName, calleeText, callsTo, receiverOf, selectedName } from "../../../go/idiom/calls.ts";
import { isLoopbackAddress } from "../../../go/idiom/network.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { localVariable, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

const dials = [
  "net.Dial",
  "net.DialTCP",
  "crypto/tls.Dial",
  "net/rpc.Dial",
  "net/rpc.DialHTTP",
  "net/smtp.Dial",
  "net/smtp.SendMail",
  "net.Dialer.Dial",
];

export const rule: GoRule = {
  meta: {
    id: "go/dial-without-timeout",
    title: "a connection without a timeout",
    category: "resilience",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, dials)) {
      if (inTest(pkg, call) || isLocalOrPacket(pkg, call)) continue;
      if (calleeName(pkg, call) === "net.Dialer.Dial" && !isBareDialer(pkg, receiverOf(pkg, call))) continue;
      report(pkg.place(call), {
        message: `${calleeText(pkg, call)} has no timeout: where packets are dropped it waits for minutes`,
        why: "Until the system gives up, usually after two minutes, nothing else happens here; net.Dialer takes a Timeout or a context.",
        confidence: "medium",
      });
    }
  },
};

/** Sockets that connect at once: of files, of datagrams, of this machine; also where it is not known which network it is. */
function isLocalOrPacket(pkg: GoPackage, call: NodeId): boolean {
  const [first, second] = pkg.tree.args(call).map((argument) => pkg.text(argument));
  if (
    !(first ?? "").startsWith('"tcp') &&
    calleeName(pkg, call) !== "net/smtp.SendMail" &&
    calleeName(pkg, call) !== "net/smtp.Dial"
  ) {
    return true;
  }
  return isLoopbackAddress(first ?? "") || isLoopbackAddress(second ?? "");
}

/** Whether a dialer is a local literal with neither Timeout nor Deadline, and gets none. */
function isBareDialer(pkg: GoPackage, dialer: NodeId | undefined): boolean {
  const { tree } = pkg;
  const variable = localVariable(pkg, dialer);
  const declaration =
    variable?.decl === undefined ? undefined : tree.enclosing(variable.decl, Kind.AssignStmt, Kind.ValueSpec);
  if (variable === undefined || declaration === undefined) return false;
  const literals = tree.all(Kind.CompositeLit, declaration).filter((literal) => {
    const type = tree.type(literal);
    return type !== undefined && tree.kind(type) === Kind.SelectorExpr && selectedName(pkg, type) === "net.Dialer";
  });
  const isPlain = literals.length > 0 || tree.child(declaration, Role.Value) === undefined;
  const limited = literals.some((literal) => /\b(?:Timeout|Deadline|Cancel)\s*:/u.test(pkg.text(literal)));
  return isPlain && !limited && pkg.uses(variable).every((use) => use === variable.decl || keepsBare(pkg, use));
}

function keepsBare(pkg: GoPackage, use: NodeId): boolean {
  const { tree } = pkg;
  const selector = tree.parent(use);
  const sel = selector === undefined || useOf(tree, use) !== "selected" ? undefined : tree.child(selector, Role.Sel);
  return sel !== undefined && !/^(?:Timeout|Deadline|Cancel)$/u.test(tree.name(sel));
}
