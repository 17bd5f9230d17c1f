/**
 * Guarded fields that other packages can name. What a package believes of its own fields is kept for those that import it, and
 * their uses without a lock are found there.
 */

import { Kind } from "../kinds.ts";
import type { GoPackage, StoredPlace } from "../program.ts";
import { rootOf, statementOf } from "../idiom/variables.ts";
import type { NodeId } from "../tree.ts";
import { believedGuards, type BelievedGuard, counts, firstOfEach } from "./guards.ts";
import { type FieldUse, foreignGuardsName, soloOf } from "./solo.ts";
import type { WaitReport } from "./wait-report.ts";

/** A type and no interface, since a store holds what JSON can. */
type KeptGuard = {
  readonly guard: string;
  readonly guardedCount: number;
  readonly place: StoredPlace;
};

/** Guards of fields and variables that other packages can name, by the field's key. */
function exportedGuards(pkg: GoPackage): readonly BelievedGuard[] {
  return believedGuards(pkg).filter(({ field, guard }) => {
    // A struct that is part of another one is guarded there only, and goes elsewhere as a copy.
    const isBeside = !guard.includes(".") || holderOf(guard) === holderOf(field.text);
    const own = field.key.startsWith(`${pkg.path}.`) ? field.key.slice(pkg.path.length + 1) : "";
    return isBeside && own !== "" && own.split(".").every((name) => /^\p{Lu}/u.test(name));
  });
}

/** `Cache` of `Cache.mu`. */
function holderOf(member: string): string {
  return member.slice(0, member.lastIndexOf("."));
}

/** Fields of exported types whose lock only the package itself can take. */
export function unlockableFields(pkg: GoPackage): WaitReport[] {
  if (pkg.name === "main" || pkg.name.endsWith("_test")) return [];
  return exportedGuards(pkg).flatMap(({ field, guard, guardedCount, example, open }) => {
    const lock = guard.slice(guard.lastIndexOf(".") + 1);
    const declared = fieldDeclaration(pkg, field.key);
    if (/^\p{Lu}/u.test(lock) || declared === undefined || open.length > 0) return [];
    const message = `${field.text} is exported, and ${guard}, which ${guardedCount} functions hold when they use it, is not: other packages can only race with them`;
    return [
      {
        place: pkg.place(declared),
        message,
        related: [{ place: pkg.place(example.node), message: `written under ${guard} here` }],
      },
    ];
  });
}

function fieldDeclaration(pkg: GoPackage, key: string): NodeId | undefined {
  const [, typeName = "", name = ""] = /^(?:.*[/.])?([^./]+)\.([^./]+)$/.exec(key) ?? [];
  const type = pkg.tree.all(Kind.TypeSpec).find((spec) => pkg.tree.name(spec + 1) === typeName);
  if (type === undefined) return undefined;
  return pkg.tree.all(Kind.Ident, type).find((node) => {
    const symbol = pkg.symbol(node);
    return symbol?.scope === "field" && symbol.decl === node && symbol.name === name && symbol.key === key;
  });
}

/** Uses in this package of what another package guards, with no lock held. Keeps this package's guards for those after it. */
export function foreignUnguarded(pkg: GoPackage): WaitReport[] {
  const store = pkg.program.store<KeptGuard>(foreignGuardsName);
  const found = store.size === 0 ? [] : foreignUses(pkg, store);
  for (const { field, guard, guardedCount, example } of exportedGuards(pkg)) {
    store.set(field.key, { guard, guardedCount, place: pkg.place(example.node) });
  }
  return found;
}

function foreignUses(pkg: GoPackage, store: ReadonlyMap<string, KeptGuard>): WaitReport[] {
  const open = soloOf(pkg).uses.filter(
    (use) => store.has(use.field.key) && !use.holdsAny && !use.isAtomic && counts(pkg, use) && !isOfOwnMaking(pkg, use),
  );
  return [...Map.groupBy(open, ({ field }) => field.key)].flatMap(([key, uses]) => {
    const kept = store.get(key);
    if (kept === undefined || key.startsWith(`${pkg.path.replace(/_test$/, "")}.`)) return [];
    return firstOfEach(uses).map((use) => {
      const verb = use.isWrite ? "written" : "read";
      const lock = kept.guard.slice(kept.guard.lastIndexOf(".") + 1);
      const whose = /^\p{Lu}/u.test(lock) ? "" : ", and only its own package can take it";
      const message = `${use.field.text} is ${verb} here without ${kept.guard}, which ${kept.guardedCount} functions of its package hold when they use it${whose}`;
      return {
        place: pkg.place(use.node),
        message,
        related: [{ place: kept.place, message: `written under ${kept.guard} here` }],
      };
    });
  });
}

/** What this function has just got from a call or made itself nobody else need have yet. */
function isOfOwnMaking(pkg: GoPackage, { node, field }: FieldUse): boolean {
  const selectors = pkg.tree.all(Kind.SelectorExpr, statementOf(pkg.tree, node));
  const named = selectors.filter((selector) => pkg.symbol(selector)?.key === field.key);
  return !named.some((selector) => {
    const scope = rootOf(pkg, selector)?.scope;
    return scope !== undefined && scope !== "local";
  });
}
