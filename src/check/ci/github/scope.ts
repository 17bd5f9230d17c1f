/** The workflow that is being read, and how its expressions are resolved. */

import { type YamlNode, yamlEntries } from "../../yaml/yaml-node.ts";
import { type ExpressionValue, evaluateExpression, isTruthy, resolveText } from "../expression/evaluate.ts";
import type { Environment, EnvValue, Trigger } from "../model.ts";
import { type ReadContext, placeOf } from "../read-context.ts";
import { type ExpressionFacts, expressionContext } from "./expression-context.ts";

export interface WorkflowScope {
  readonly context: ReadContext;
  readonly path: string;
  readonly source: string;
  readonly root: YamlNode;
  /** The workflow that was started, which may be another file. */
  readonly pipeline: string;
  readonly triggers: readonly Trigger[];
  readonly inputs: ReadonlyMap<string, string>;
  readonly labelPrefix: string;
  readonly depth: number;
}

/** An `env` map with its expressions resolved. */
export function readEnv(
  path: string,
  node: YamlNode | undefined,
  level: EnvValue["level"],
  resolve: (text: string) => string,
): Environment {
  return new Map(
    yamlEntries(node).map(([name, { value, start, end }]) => {
      return [name, { text: resolve(value.text), place: placeOf(path, { start, end }), level }] as const;
    }),
  );
}

export function resolver(facts: ExpressionFacts): (text: string) => string {
  const context = expressionContext(facts);
  return (text) => (text.includes("${{") ? resolveText(text, context) : text);
}

/** Whether an `if` is known to be false. */
export function isNever(condition: string | undefined, facts: ExpressionFacts): boolean {
  const value = conditionValue(condition, facts);
  return value !== undefined && !isTruthy(value);
}

/** Whether an `if` is known to be true. */
export function isAlways(condition: string, facts: ExpressionFacts): boolean {
  const value = conditionValue(condition, facts);
  return /^(?:\$\{\{)?\s*success\(\)/.test(condition) || (value !== undefined && isTruthy(value));
}

function conditionValue(condition: string | undefined, facts: ExpressionFacts): ExpressionValue | undefined {
  if (condition === undefined) return undefined;
  const inner = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(condition)?.[1] ?? condition;
  return evaluateExpression(inner, expressionContext(facts));
}
