/** A goroutine that sends on an unbuffered channel whose receiver may have left. */

import { callsTo, receiverOf } from "../../../go/idiom/calls.ts";
import { localChannels, type LocalChannel, type Operation } from "../../../go/idiom/channels.ts";
import { loopAround, within } from "../../../go/idiom/control.ts";
import { decidedBy } from "../../../go/idiom/exits.ts";
import { hiddenChannels } from "../../../go/idiom/field-channels.ts";
import { inMain } from "../../../go/idiom/surroundings.ts";
import { rootOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";
import type { Confidence } from "../../../finding.ts";

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
      if (channel.isBuffered || inMain(pkg, channel.func + 1)) continue;
      for (const send of channel.sends) {
        const block = hasAlternative(pkg, send) ? undefined : blockOf(pkg, channel, send);
        if (block === undefined) continue;
        const { leaver } = block;
        report(pkg.place(send.node), {
          message: `${channel.symbol.name} is unbuffered, and ${block.reason}: this send then waits forever, and its goroutine with it`,
          why: "A goroutine that waits for a receiver that is gone never ends; room for one value in the channel lets it go.",
          confidence: block.confidence,
          related: leaver === undefined ? [] : [{ place: pkg.place(leaver), message: "the receiver leaves here" }],
        });
      }
    }
    for (const { symbol, isBuffered, operations } of hiddenChannels(pkg)) {
      if (isBuffered || operations.receives.length + operations.ranges.length > 0) continue;
      for (const { node, clause } of operations.sends) {
        if (clause !== undefined) continue;
        report(pkg.place(node), {
          message: `${symbol.name} is unbuffered, and nothing receives from it: this send waits forever, and its goroutine with it`,
          why: "Nothing ends the goroutine, and what it refers to is never freed.",
        });
      }
    }
  },
};

interface Block {
  readonly reason: string;
  readonly leaver: NodeId | undefined;
  readonly confidence: Confidence;
}

/** Whether the send is one of several cases of a select. */
function hasAlternative(pkg: GoPackage, send: Operation): boolean {
  const body = send.clause === undefined ? undefined : pkg.tree.parent(send.clause);
  return body !== undefined && pkg.tree.stmts(body).length > 1;
}

/** Why a send may wait forever. */
function blockOf(pkg: GoPackage, channel: LocalChannel, send: Operation): Block | undefined {
  const received = [...channel.receives, ...channel.ranges];
  const started = new Set(received.map(({ goroutine }) => goroutine));
  const [only] = started;
  if (started.size > 1) return undefined;
  if (only === undefined) {
    if (send.goroutine === undefined) return waitsForItself(pkg, received, send);
    const wait = waitedForBefore(pkg, received, send.goroutine, send);
    if (wait !== undefined) return wait;
    const leaver = whoLeaves(pkg, channel, send.goroutine, send) ?? lastOfFewer(pkg, channel, received);
    return leaver === undefined ? undefined : { ...left(pkg, leaver), confidence: "high" };
  }
  if (only === send.goroutine || loopAround(pkg.tree, only) !== undefined) return undefined;
  const leaver = whoStops(pkg, channel, received, send);
  return leaver === undefined ? undefined : { ...left(pkg, leaver), confidence: "medium" };
}

function left(pkg: GoPackage, leaver: NodeId): Pick<Block, "reason" | "leaver"> {
  return { reason: `its receiver may leave at line ${pkg.place(leaver).line}`, leaver };
}

/** A function that sends to itself: what it would receive by comes later. */
function waitsForItself(pkg: GoPackage, received: readonly Operation[], send: Operation): Block | undefined {
  const inLiteral = pkg.tree.func(send.at) !== pkg.tree.func(send.node);
  if (received.some(({ at }) => at < send.at) || inLiteral || loopAround(pkg.tree, send.at) !== undefined) {
    return undefined;
  }
  return { reason: "no other goroutine receives from it", leaver: undefined, confidence: "high" };
}

/** `wg.Wait()` before the first receive, where the goroutine calls Done only after its send. */
function waitedForBefore(
  pkg: GoPackage,
  received: readonly Operation[],
  started: NodeId,
  send: Operation,
): Block | undefined {
  const { tree } = pkg;
  const first = Math.min(...received.map(({ at }) => at));
  const func = tree.func(started);
  for (const wait of callsTo(pkg, ["sync.WaitGroup.Wait"])) {
    if (tree.func(wait) !== func || wait < started || wait > first) continue;
    const group = rootOf(pkg, receiverOf(pkg, wait) ?? wait);
    const isDoneLater = callsTo(pkg, ["sync.WaitGroup.Done"]).some((done) => {
      const isSame = group !== undefined && rootOf(pkg, receiverOf(pkg, done) ?? done) === group;
      return (
        isSame &&
        tree.contains(started, done) &&
        (done > send.node || tree.enclosing(done, Kind.DeferStmt) !== undefined)
      );
    });
    if (!isDoneLater) continue;
    const reason = `line ${pkg.place(wait).line} waits for this goroutine before anything is received`;
    return { reason, leaver: undefined, confidence: "high" };
  }
  return undefined;
}

/** The last receive, where fewer values are received than goroutines send one each. */
function lastOfFewer(pkg: GoPackage, channel: LocalChannel, received: readonly Operation[]): NodeId | undefined {
  const { tree } = pkg;
  const senders = new Set(channel.sends.map(({ goroutine }) => goroutine));
  const isCounted = received.every(({ node, clause }) => clause === undefined && loopOf(pkg, node) === undefined);
  const last = received.at(-1);
  if (!isCounted || last === undefined || received.length >= senders.size) return undefined;
  const isOnce = channel.sends.every(({ clause }) => clause === undefined) && channel.closes.length === 0;
  return isOnce && tree.func(last.node) === channel.func ? last.node : undefined;
}

/** Where the function that started the goroutine may go on without having received all that is sent. */
function whoLeaves(pkg: GoPackage, channel: LocalChannel, started: NodeId, send: Operation): NodeId | undefined {
  const { tree } = pkg;
  const after = [...channel.receives, ...channel.ranges].filter(({ at }) => at > started);
  const [first] = after;
  if (first === undefined) return undefined;
  const early = earlyReturn(pkg, started, first);
  if (early !== undefined) return early;
  if (after.length > 1) return undefined;
  const other = first.clause === undefined ? undefined : otherCase(pkg, first.clause, channel);
  if (other !== undefined) return other;
  const manySenders = loopAround(tree, started) !== undefined;
  const loop = loopOf(pkg, first.node);
  if (manySenders && loop === undefined && first.clause === undefined) return first.node;
  const sendsMany = manySenders || loopAround(tree, send.node) !== undefined;
  return loop === undefined || first.clause !== undefined || !sendsMany ? undefined : exitOf(pkg, loop, first);
}

/** Where the goroutine that receives may end while more is sent. */
function whoStops(
  pkg: GoPackage,
  channel: LocalChannel,
  received: readonly Operation[],
  send: Operation,
): NodeId | undefined {
  const [first, ...others] = received;
  if (first === undefined || others.length > 0) return undefined;
  const sendsMany = loopAround(pkg.tree, send.node) !== undefined || loopAround(pkg.tree, send.at) !== undefined;
  if (!sendsMany) return undefined;
  if (first.clause !== undefined) {
    const other = otherCase(pkg, first.clause, channel);
    return other === undefined || isToldBySender(pkg, other, send) ? undefined : other;
  }
  const loop = loopOf(pkg, first.node);
  return loop === undefined ? first.node : exitOf(pkg, loop, first);
}

/** Whether a case waits for a channel that only the sender closes or sends on, and only after it has sent. */
function isToldBySender(pkg: GoPackage, clause: NodeId, send: Operation): boolean {
  const { tree } = pkg;
  const comm = tree.child(clause, Role.Comm);
  const named = comm === undefined ? [] : within(tree, comm).map((node) => pkg.symbol(node));
  const channel = localChannels(pkg).find(({ symbol }) => named.includes(symbol));
  const signals = channel === undefined ? [] : [...channel.sends, ...channel.closes];
  const isLater = ({ node, at, goroutine }: Operation): boolean =>
    goroutine === send.goroutine && (at > send.at || tree.enclosing(node, Kind.DeferStmt) !== undefined);
  return signals.length > 0 && signals.every(isLater);
}

/** The loop in which values are received. */
function loopOf(pkg: GoPackage, node: NodeId): NodeId | undefined {
  return pkg.tree.kind(node) === Kind.RangeStmt ? node : loopAround(pkg.tree, node);
}

/** A return between the go statement and the first receive. */
function earlyReturn(pkg: GoPackage, started: NodeId, first: Operation): NodeId | undefined {
  const { tree } = pkg;
  const block = tree.parent(started);
  if (block === undefined || first.clause !== undefined || loopAround(tree, started) !== undefined) return undefined;
  return within(tree, block).find(
    (node) =>
      node > started && node < first.at && tree.kind(node) === Kind.ReturnStmt && !tree.contains(node, first.at),
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

/** A return in a receiving loop, but that of `v, ok := <-c; if !ok { return }`: nothing is sent any more then. */
function exitOf(pkg: GoPackage, loop: NodeId, receive: Operation): NodeId | undefined {
  const { tree } = pkg;
  const statement = tree.enclosing(receive.node, Kind.AssignStmt);
  const ok = statement === undefined || tree.kind(receive.node) === Kind.RangeStmt ? undefined : tree.lhs(statement)[1];
  const symbol = ok === undefined ? undefined : pkg.symbol(ok);
  return within(tree, loop).find(
    (node) => tree.kind(node) === Kind.ReturnStmt && (symbol === undefined || !decidedBy(pkg, node, symbol)),
  );
}
