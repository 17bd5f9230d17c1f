/** From `--factor` to factors. */

import { didYouMean } from "../../../core/suggestion.ts";
import { builtInFactors } from "./built-in-factors.ts";
import { driftErrors } from "./errors.ts";
import type { BuildChange, FactorGround, FactorOf } from "./factor.ts";

/** What can be varied about one kind of build. */
export interface Catalogue<Change> {
  readonly builtIn: readonly (FactorOf<Change> & {
    /** Varied when none is named. */
    readonly isDefault: boolean;
    /** Why it cannot be varied here. */
    readonly whyNot: string | undefined;
  })[];
  /** What the levels of a factor of that name do, where it is not built in. */
  custom(name: string): ((level: string) => Change) | undefined;
}

/** Builds of a program. */
export function buildCatalogue(ground: FactorGround): Catalogue<BuildChange> {
  return {
    builtIn: builtInFactors(ground).map((factor) => ({ ...factor, whyNot: factor.missing?.(ground) })),
    custom: customChange,
  };
}

export interface ChosenFactors<Change = BuildChange> {
  readonly factors: readonly FactorOf<Change>[];
  /** Built-in factors that cannot be varied here, with the reason. */
  readonly leftOut: readonly (readonly [name: string, reason: string])[];
}

/** All default factors that this machine has, or those that `texts` name. Throws `lab/factor-…`. */
export function chooseFactors<Change>(texts: readonly string[], catalogue: Catalogue<Change>): ChosenFactors<Change> {
  if (texts.length === 0) {
    const wanted = catalogue.builtIn.filter(({ isDefault }) => isDefault);
    return {
      factors: wanted.filter(({ whyNot }) => whyNot === undefined),
      leftOut: wanted.flatMap(({ name, whyNot }) => (whyNot === undefined ? [] : [[name, whyNot] as const])),
    };
  }
  const factors = texts.map((text) => chooseOne(text, catalogue));
  const twice = factors.find(({ name }, index) => factors.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw unknown(`${twice.name} is named twice`);
  return { factors, leftOut: [] };
}

function chooseOne<Change>(text: string, { builtIn, custom }: Catalogue<Change>): FactorOf<Change> {
  const { name, levels } = readFactor(text);
  const known = builtIn.find((factor) => factor.name === name.replace(/^-/, ""));
  if (known !== undefined) {
    const { whyNot } = known;
    if (whyNot !== undefined) throw driftErrors.error("lab/factor-not-applicable", `${known.name}: ${whyNot}`);
    return withLevels(known, levels);
  }
  const change = custom(name);
  if (change === undefined || levels === undefined) {
    const hint = didYouMean(
      name,
      builtIn.map((factor) => factor.name),
    );
    throw unknown(change === undefined ? `${name}${hint}` : `${name} needs two levels: ${name}=A,B`);
  }
  return withLevels({ name, doc: `${name}, as it was asked for`, levels: ["", ""], change }, levels);
}

interface FactorText {
  readonly name: string;
  readonly levels: readonly [string, string] | undefined;
}

/** `NAME`, `NAME=A,B`; a comma or backslash in a level has a backslash before it. */
function readFactor(text: string): FactorText {
  const equals = text.indexOf("=");
  if (equals < 0) return { name: text, levels: undefined };
  const parts = [...text.slice(equals + 1).matchAll(/(?:\\.|[^\\,])*(?:,|$)/gs)]
    .map(([part]) => part)
    .slice(0, -1)
    .map((part) => part.replace(/,$/, "").replace(/\\(.)/gs, "$1"));
  const [plain = "", other = ""] = parts;
  if (parts.length !== 2) throw unknown(`${text} names ${parts.length} levels`);
  return { name: text.slice(0, equals), levels: [plain, other] };
}

function withLevels<Change>(factor: FactorOf<Change>, levels: readonly [string, string] | undefined): FactorOf<Change> {
  const [plain, other] = levels ?? factor.levels;
  if (plain === other) throw unknown(`${factor.name} has twice the level ${JSON.stringify(plain)}`);
  const isFixed = factor.levels.every((level) => factor.levels.length === 2 && isSwitchLevel(level));
  if (levels !== undefined && isFixed && !levels.every((level) => factor.levels.includes(level))) {
    throw unknown(`${factor.name} has the levels ${factor.levels.join(" and ")}`);
  }
  return { ...factor, levels: [plain, other] };
}

/** Levels that stand for something; any other is a value as it is. */
function isSwitchLevel(level: string): boolean {
  return ["a", "b", "on", "off", "yes", "no", "1", "2", "0", "all", "shared", "fresh", "names", "reversed"].includes(
    level,
  );
}

/** A flag of `go build` or an environment variable; an empty level leaves it out. */
function customChange(name: string): ((level: string) => BuildChange) | undefined {
  if (/^-[a-z]\w*$/.test(name)) return (level) => (level === "" ? {} : { flags: [`${name}=${level}`] });
  if (/^[A-Z_][A-Z0-9_]*$/.test(name)) return (level) => (level === "" ? {} : { env: { [name]: level } });
  return undefined;
}

function unknown(detail: string): Error {
  return driftErrors.error("lab/factor-unknown", detail);
}
