/** A goroutine that receives from a channel that nobody closes, or sends on. */

import { localChannels, type LocalChannel, type Operation } from "../../../go/idiom/channels.ts";
import { endingMethod, hiddenChannels } from "../../../go/idiom/field-channels.ts";
import { isEndless, leaves, within } from "../../../go/idiom/control.ts";
import { inMain, inTest } from "../../../go/idiom/surroundings.ts";
import { Kind } from "../../../go/kinds.ts";
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
    for (const { name, node } of [...localWaits(pkg), ...hiddenWaits(pkg)]) {
      report(pkg.place(node), {
        message: reason(pkg, name, node),
        why: "Nothing ends the goroutine, and what it refers to is never freed.",
      });
    }
  },
};

interface Wait {
  readonly name: string;
  readonly node: NodeId;
}

/** Of channels that one function keeps to itself. */
function localWaits(pkg: GoPackage): Wait[] {
  return localChannels(pkg).flatMap((channel) => {
    if (channel.closes.length > 0 || inTest(pkg, channel.func + 1) || inMain(pkg, channel.func + 1)) return [];
    if (runsForever(pkg, channel.func)) return [];
    return waiting(pkg, channel).map(({ node }) => ({ name: channel.symbol.name, node }));
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
    return [...ranges, ...silent].flatMap(({ node }) => (inTest(pkg, node) ? [] : [{ name: symbol.name, node }]));
  });
}

function reason(pkg: GoPackage, name: string, node: NodeId): string {
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
