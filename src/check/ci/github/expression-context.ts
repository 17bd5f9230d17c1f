/** What the names in an expression stand for in one job, as far as the tree tells. */

import type { ExpressionContext, ExpressionValue } from "../expression/evaluate.ts";
import type { Environment, Trigger } from "../model.ts";
import type { MatrixValues } from "./matrix.ts";
import type { Runner } from "./runner.ts";

export interface ExpressionFacts {
  readonly jobId: string;
  readonly workflow: string;
  readonly triggers: readonly Trigger[];
  /** Undefined when only a run knows it. */
  readonly matrix: MatrixValues | undefined;
  readonly inputs: ReadonlyMap<string, string>;
  /** Of the moment: steps see what earlier ones wrote. */
  readonly env: () => Environment;
  readonly outputs: ReadonlyMap<string, string>;
  readonly runner: () => Runner | undefined;
  readonly workspace: string;
}

export function expressionContext(facts: ExpressionFacts): ExpressionContext {
  return (name) => {
    const [area = "", ...rest] = name.split(".");
    const key = rest.join(".");
    switch (area) {
      case "matrix":
        return matrixValue(facts.matrix, key);
      case "env":
        return findCaseless(facts.env(), key);
      case "inputs":
        return facts.inputs.get(key);
      case "steps":
        return facts.outputs.get(key);
      case "runner":
        return runnerValue(facts.runner(), key);
      case "github":
        return githubValue(facts, key);
      default:
        return undefined;
    }
  };
}

function matrixValue(matrix: MatrixValues | undefined, key: string): ExpressionValue | undefined {
  if (matrix === undefined) return undefined;
  const found = Object.entries(matrix).find(([name]) => name.toLowerCase() === key)?.[1];
  if (found?.includes("${{") === true) return undefined;
  if (found === undefined) {
    // A map as a whole has no text.
    return Object.keys(matrix).some((name) => name.toLowerCase().startsWith(`${key}.`)) ? undefined : null;
  }
  return found === "true" || found === "false" ? found === "true" : found;
}

function findCaseless(env: Environment, key: string): string | undefined {
  for (const [name, { text }] of env) if (name.toLowerCase() === key) return text;
  return undefined;
}

const runnerNames = { linux: "Linux", macos: "macOS", windows: "Windows" } as const;

function runnerValue(runner: Runner | undefined, key: string): string | undefined {
  if (key === "os" && runner?.os !== undefined) return runnerNames[runner.os];
  return key === "arch" ? runner?.arch : undefined;
}

function githubValue(facts: ExpressionFacts, key: string): string | undefined {
  if (key === "job") return facts.jobId;
  if (key === "workflow") return facts.workflow;
  if (key === "workspace") return facts.workspace;
  const [only, second] = facts.triggers;
  return key === "event_name" && second === undefined ? only?.name : undefined;
}
