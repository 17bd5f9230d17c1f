/** A goroutine that receives from a channel that nobody closes, or sends on. */

import { clauseOf, localChannels, operationOf, type LocalChannel, type Operation } from "../../../go/idiom/channels.ts";
import { endingMethod, hiddenChannels } from "../../../go/idiom/field-channels.ts";
import { isEndless, leaves, loopAround, within } from "../../../go/idiom/control.ts";
import { unreleasedReturn } from "../../../go/idiom/exits.ts";
import { inMain } from "../../../go/idiom/surroundings.ts";
import { statementOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/blocked-receive",
    title: "a receive that waits forever",
    category: "goroutine-leak",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const { name, node, reason } of [...localWaits(pkg), ...hiddenWaits(pkg), ...nilWaits(pkg)]) {
      report(pkg.place(node), {
        message: reason ?? usualReason(pkg, name, node),
        why: "Nothing ends the goroutine, and what it refers to is never freed.",
      });
    }
  },
};

interface Wait {
  readonly name: string;
  readonly node: NodeId;
  /** What is wrong, if it is not that nobody sends or closes. */
  readonly reason?: string;
}

/** Of channels that one function keeps to itself. */
function localWaits(pkg: GoPackage): Wait[] {
  return localChannels(pkg).flatMap((channel) => {
    if (channel.closes.length > 0 || inMain(pkg, channel.func + 1)) return [];
    if (runsForever(pkg, channel.func)) return [];
    const { name } = channel.symbol;
    return [
      ...waiting(pkg, channel).map(({ node }) => ({ name, node })),
      ...unsent(pkg, channel),
      ...oneTooMany(pkg, channel),
    ];
  });
}

/** A receive from a goroutine that may return without its only send. */
function unsent(pkg: GoPackage, channel: LocalChannel): Wait[] {
  const { tree } = pkg;
  const [receive, ...others] = channel.receives;
  const started = new Set(channel.sends.map(({ goroutine }) => goroutine));
  const [goroutine] = started;
  if (receive === undefined || others.length > 0 || channel.ranges.length > 0 || started.size !== 1) return [];
  if (goroutine === undefined || receive.goroutine !== undefined || receive.clause !== undefined) return [];
  const literal = tree.all(Kind.FuncLit, goroutine)[0];
  const first = literal === undefined ? undefined : tree.stmts(tree.body(literal) ?? literal)[0];
  if (literal === undefined || first === undefined || tree.func(channel.sends[0]?.node ?? 0) !== literal) return [];
  if (channel.sends.some(({ node, clause }) => clause !== undefined || loopAround(tree, node) !== undefined)) return [];
  const sends = channel.sends.map(({ node }) => node);
  const exit = unreleasedReturn(pkg, first + 1, sends, (node) => recovers(pkg, literal, node));
  if (exit === undefined) return [];
  const line = pkg.place(exit).line;
  const reason = `the goroutine that sends on ${channel.symbol.name} may return at line ${line} without it: this waits forever then`;
  return [{ name: channel.symbol.name, node: receive.node, reason }];
}

/** A return in a deferred or inner literal is not one of the goroutine. */
function recovers(pkg: GoPackage, literal: NodeId, exit: NodeId): boolean {
  return pkg.tree.func(exit) !== literal;
}

/** The last of several receives in a row, where fewer goroutines send one value each. */
function oneTooMany(pkg: GoPackage, channel: LocalChannel): Wait[] {
  const { tree } = pkg;
  const { sends, receives, ranges } = channel;
  const all = [...sends, ...receives];
  const isSimple = all.every(
    ({ node, at, clause }) =>
      clause === undefined && loopAround(tree, node) === undefined && loopAround(tree, at) === undefined,
  );
  const isOnce = sends.every(({ goroutine }) => goroutine !== undefined && loopAround(tree, goroutine) === undefined);
  const block = tree.body(channel.func);
  const inRow = receives.every(
    ({ node, goroutine }) => goroutine === undefined && tree.parent(statementOf(tree, node)) === block,
  );
  const last = receives.at(-1);
  if (ranges.length > 0 || !isSimple || !isOnce || !inRow || last === undefined || sends.length === 0) return [];
  if (receives.length <= sends.length) return [];
  const reason = `${receives.length} values are received from ${channel.symbol.name}, and ${sends.length} sent: this one waits forever`;
  return [{ name: channel.symbol.name, node: last.node, reason }];
}

/** Sends, receives and loops of a channel that is nil: declared without a value, and never given one. */
function nilWaits(pkg: GoPackage): Wait[] {
  const { tree } = pkg;
  return tree.all(Kind.ChanType).flatMap((type) => {
    const spec = tree.parent(type);
    if (spec === undefined || tree.kind(spec) !== Kind.ValueSpec || tree.child(spec, Role.Value) !== undefined) {
      return [];
    }
    return tree.list(spec, Role.Name).flatMap((name) => {
      const symbol = pkg.symbol(name);
      if (symbol === undefined || symbol.exported || symbol.kind !== "var") return [];
      const uses = pkg.uses(symbol).filter((use) => use !== name);
      const operations = uses.map((use) => operationOf(pkg, use));
      if (operations.includes(undefined)) return [];
      return operations.flatMap((operation) => {
        if (operation === undefined || operation === "nothing" || operation.kind === "closes") return [];
        if (clauseOf(pkg, operation.node) !== undefined) return [];
        return [
          {
            name: symbol.name,
            node: operation.node,
            reason: `${symbol.name} is never made: this waits forever on a nil channel`,
          },
        ];
      });
    });
  });
}

/** Of fields and package variables: nobody in the package ever sends or closes, or a type that can be closed does not. */
function hiddenWaits(pkg: GoPackage): Wait[] {
  return hiddenChannels(pkg).flatMap(({ symbol, operations }) => {
    if (operations.closes.length > 0) return [];
    const ranges = operations.ranges.filter(
      ({ node }) => !leaves(pkg, pkg.tree.body(node) ?? node, node) && endingMethod(pkg, node) !== undefined,
    );
    const silent =
      operations.sends.length === 0 ? operations.receives.filter(({ clause }) => clause === undefined) : [];
    return [...ranges, ...silent].flatMap(({ node }) => [{ name: symbol.name, node }]);
  });
}

function usualReason(pkg: GoPackage, name: string, node: NodeId): string {
  if (pkg.tree.kind(node) === Kind.RangeStmt) {
    return `${name} is never closed: the goroutine that ranges over it never ends`;
  }
  return `nobody sends on ${name} or closes it: this goroutine waits forever`;
}

/** Receives in goroutines that nothing can end. */
function waiting(pkg: GoPackage, channel: LocalChannel): readonly Operation[] {
  const { tree } = pkg;
  const ranges = channel.ranges.filter(
    ({ node, goroutine }) => goroutine !== undefined && !leaves(pkg, tree.body(node) ?? node, node),
  );
  const silent =
    channel.sends.length === 0
      ? channel.receives.filter(({ goroutine, clause }) => goroutine !== undefined && clause === undefined)
      : [];
  return [...ranges, ...silent];
}

/** Whether the function has a loop that nothing leaves: then the channel is used as long as the program runs. */
function runsForever(pkg: GoPackage, func: NodeId): boolean {
  const { tree } = pkg;
  const body = tree.body(func);
  if (body === undefined) return false;
  return within(tree, body).some((node) => {
    if (tree.kind(node) === Kind.SelectStmt) return tree.stmts(tree.body(node) ?? node).length === 0;
    return isEndless(pkg, node) && !leaves(pkg, node, node);
  });
}
