/** What is in force at each step of a stage: variables, user, working directory. */

import { expandText } from "../shell/expand.ts";
import { imageFacts } from "./base-image.ts";
import type { BaseImage } from "./base-image.ts";
import type { Pair, Setting, StageState } from "./model.ts";

/** A state while its stage is being read. */
export interface MutableState {
  variables: Map<string, string | undefined>;
  args: Set<string>;
  user: string | undefined;
  workdir: string | undefined;
}

/** What BuildKit sets for each build, so that `ARG TARGETARCH` has a value nobody wrote. */
const platformArgs = /^(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT)$/;

/** `ENV A=$A$A`, a few dozen times, would not fit into memory. */
const maxValueChars = 4_096;

/** The value, if it is short enough to be kept. */
export function boundedValue(value: string | undefined): string | undefined {
  return value === undefined || value.length > maxValueChars ? undefined : value;
}

/** The state in which a stage begins. */
export function initialState(image: BaseImage, parent: StageState | undefined): MutableState {
  if (parent !== undefined) {
    return { ...parent, variables: new Map(parent.variables), args: new Set(parent.args) };
  }
  const facts = imageFacts(image);
  const variables = new Map<string, string | undefined>(Object.entries(facts?.variables ?? {}));
  return { variables, args: new Set(), user: facts?.user, workdir: facts === undefined ? undefined : "/" };
}

/** A copy that later steps do not change. */
export function freeze(state: MutableState): StageState {
  return { ...state, variables: new Map(state.variables), args: new Set(state.args) };
}

/** `text` with the stage's variables, or `undefined` when one is not known. */
export function expandIn(state: StageState, text: string): string | undefined {
  return expandText(text, (name) => state.variables.get(name) ?? (state.variables.has(name) ? undefined : ""));
}

/** Takes in ENV or ARG. ENV wins over an ARG of the same name. */
export function applyPairs(
  state: MutableState,
  kind: "env" | "arg",
  pairs: readonly Pair[],
  globals: ReadonlyMap<string, string | undefined>,
): void {
  const before = freeze(state);
  for (const { name, value } of pairs) {
    const isEnv = state.variables.has(name) && !state.args.has(name);
    if (kind === "arg" && isEnv) continue;
    const own = value === undefined ? globals.get(name) : expandIn(before, value);
    state.variables.set(name, platformArgs.test(name) ? undefined : boundedValue(own));
    if (kind === "arg") state.args.add(name);
    else state.args.delete(name);
  }
}

/** What a variable is at a step. */
export function settingOf(state: StageState, name: string): Setting {
  if (!state.variables.has(name)) return { state: "unset" };
  const value = state.variables.get(name);
  return value === undefined ? { state: "unknown" } : { state: "known", value };
}

/** An absolute path as seen from `workdir`. */
export function absolutePath(workdir: string | undefined, path: string): string | undefined {
  if (!path.startsWith("/") && workdir === undefined) return undefined;
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${workdir}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
