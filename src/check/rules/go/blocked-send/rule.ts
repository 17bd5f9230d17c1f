/** A goroutine that sends on an unbuffered channel whose receiver may have left. */

import { localChannels, type LocalChannel, type Operation } from "../../../go/idiom/channels.ts";
import { loopAround, within } from "../../../go/idiom/control.ts";
import { inMain, inTest } from "../../../go/idiom/surroundings.ts";
import { Kind } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/blocked-send",
    title: "a send that may never be received",
    category: "goroutine-leak",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const channel of localChannels(pkg)) {
      if (channel.isBuffered || inTest(pkg, channel.func + 1) || inMain(pkg, channel.func + 1)) continue;
      const received = [...channel.receives, ...channel.ranges];
      if (received.some(({ goroutine }) => goroutine !== undefined)) continue;
      for (const send of channel.sends) {
        const leaver =
          send.goroutine === undefined || hasAlternative(pkg, send)
            ? undefined
            : whoLeaves(pkg, channel, send.goroutine);
        if (leaver === undefined) continue;
        const line = pkg.place(leaver).line;
        report(pkg.place(send.node), {
          message: `${channel.symbol.name} is unbuffered, and its receiver may leave at line ${line}: this send then waits forever, and its goroutine with it`,
          why: "A goroutine that waits for a receiver that is gone never ends; room for one value in the channel lets it go.",
          related: [{ place: pkg.place(leaver), message: "the receiver leaves here" }],
        });
      }
    }
  },
};

/** Whether the send is one of several cases of a select. */
function hasAlternative(pkg: GoPackage, send: Operation): boolean {
  const body = send.clause === undefined ? undefined : pkg.tree.parent(send.clause);
  return body !== undefined && pkg.tree.stmts(body).length > 1;
}

/** Where the function that started the goroutine may go on without having received all that is sent. */
function whoLeaves(pkg: GoPackage, channel: LocalChannel, started: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const after = [...channel.receives, ...channel.ranges].filter(({ node }) => node > started);
  const [first] = after;
  if (first === undefined) return undefined;
  const early = earlyReturn(pkg, started, first);
  if (early !== undefined) return early;
  const manySenders = loopAround(tree, started) !== undefined;
  for (const receive of after) {
    const other = receive.clause === undefined ? undefined : otherCase(pkg, receive.clause, channel);
    if (other !== undefined && after.length === 1) return other;
    const loop =
      loopAround(tree, receive.node) ?? (tree.kind(receive.node) === Kind.RangeStmt ? receive.node : undefined);
    if (manySenders && loop === undefined && after.length === 1 && receive.clause === undefined) return receive.node;
    const exit = loop === undefined || receive.clause !== undefined ? undefined : exitOf(pkg, loop, manySenders);
    if (exit !== undefined && after.length === 1) return exit;
  }
  return undefined;
}

/** A return between the go statement and the first receive. */
function earlyReturn(pkg: GoPackage, started: NodeId, first: Operation): NodeId | undefined {
  const { tree } = pkg;
  const block = tree.parent(started);
  if (block === undefined || first.clause !== undefined || loopAround(tree, started) !== undefined) return undefined;
  return within(tree, block).find(
    (node) =>
      node > started && node < first.node && tree.kind(node) === Kind.ReturnStmt && !tree.contains(node, first.node),
  );
}

/** Another case of the receiver's select after which nothing is received from the channel any more. */
function otherCase(pkg: GoPackage, clause: NodeId, channel: LocalChannel): NodeId | undefined {
  const { tree } = pkg;
  const body = tree.parent(clause) ?? 0;
  const inLoop = loopAround(tree, clause) !== undefined;
  return tree.stmts(body).find((other) => {
    if (other === clause) return false;
    const returns = within(tree, other).some((node) => tree.kind(node) === Kind.ReturnStmt);
    const receives = channel.receives.some(({ node }) => tree.contains(other, node));
    return !receives && (returns || !inLoop);
  });
}

/** What ends a receiving loop before its time: a return in it; with one sender of many values, a break too. */
function exitOf(pkg: GoPackage, loop: NodeId, manySenders: boolean): NodeId | undefined {
  const { tree } = pkg;
  const isRange = tree.kind(loop) === Kind.RangeStmt;
  if (!manySenders && !isRange) return undefined;
  return within(tree, loop).find((node) => tree.kind(node) === Kind.ReturnStmt);
}
