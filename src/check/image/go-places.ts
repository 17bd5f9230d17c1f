/** Where go keeps its caches at a step: told from the command, the script, ENV, the user and the image. */

import { expandText } from "../shell/expand.ts";
import type { GoInvocation } from "../shell/go-invocation.ts";
import { imageFacts } from "./base-image.ts";
import type { RunStep, Setting, Stage, Step } from "./model.ts";
import { settingOf } from "./stage-state.ts";

const unset: Setting = { state: "unset" };
const unknown: Setting = { state: "unknown" };

/** What the variable is for this go command. */
export function goSetting(step: RunStep, go: GoInvocation, name: string): Setting {
  const own = go.assignments.findLast((assignment) => assignment.name === name);
  if (own !== undefined) return expanded(step, own.value);
  const exported = exportedBefore(step, go, name);
  if (exported !== undefined) return expanded(step, exported);
  const stage = settingOf(step.state, name);
  if (stage.state !== "unset") return stage;
  return writtenByGo(step, name) ?? (isImageKnown(step.stage) ? unset : unknown);
}

function expanded(step: RunStep, value: string): Setting {
  const text = expandText(value, (name) => {
    const setting = name === "HOME" ? homeSetting(step) : settingOf(step.state, name);
    return setting.state === "known" ? setting.value : undefined;
  });
  return text === undefined ? unknown : { state: "known", value: text };
}

/** `export NAME=value`, or a plain `NAME=value` line, earlier in the same script. */
function exportedBefore(step: RunStep, go: GoInvocation, name: string): string | undefined {
  for (const command of step.commands) {
    if (command.start >= go.command.start) break;
    const isExport = command.words[0]?.text === "export";
    const words = isExport ? command.words.slice(1) : [];
    const found = words.map(({ text }) => text).findLast((text) => text.startsWith(`${name}=`));
    if (found !== undefined) return found.slice(name.length + 1);
  }
  return undefined;
}

/** `go env -w NAME=value` in an earlier step. */
function writtenByGo(step: RunStep, name: string): Setting | undefined {
  for (const earlier of [...stepsUpTo(step)].toReversed()) {
    if (earlier.kind !== "run") continue;
    for (const go of earlier.gos) {
      if (go.verb !== "env" || !go.flags.some((flag) => flag.name === "w")) continue;
      const found = go.args.find(({ text }) => text.startsWith(`${name}=`));
      if (found !== undefined) return expanded(step, found.text.slice(name.length + 1));
    }
  }
  return undefined;
}

/** The steps of the stage and its parents that run before `step`, and the step itself. */
export function stepsUpTo(step: Step): readonly Step[] {
  const own = step.stage.steps.filter((other) => other.start <= step.start);
  return [...parentSteps(step.stage), ...own];
}

function parentSteps(stage: Stage): readonly Step[] {
  return stage.parent === undefined ? [] : [...parentSteps(stage.parent), ...stage.parent.steps];
}

/** Whether it is certain which variables the image itself sets. */
export function isImageKnown(stage: Stage): boolean {
  return stage.parent === undefined ? imageFacts(stage.image) !== undefined : isImageKnown(stage.parent);
}

/** The image that the stage, or the first of its parents, begins with. */
export function rootStage(stage: Stage): Stage {
  return stage.parent === undefined ? stage : rootStage(stage.parent);
}

/** HOME of the step's user. */
function homeSetting(step: Step): Setting {
  const set = settingOf(step.state, "HOME");
  if (set.state !== "unset") return set;
  const { user } = step.state;
  if (user === undefined) return unknown;
  if (user === "root" || user === "") return { state: "known", value: "/root" };
  return homeOfCreatedUser(step, user) ?? unknown;
}

/** Users that a step creates: `adduser -D app`, `useradd -m -d /srv app`. */
function homeOfCreatedUser(step: Step, user: string): Setting | undefined {
  for (const earlier of stepsUpTo(step)) {
    if (earlier.kind !== "run") continue;
    for (const { words } of earlier.commands) {
      const texts = words.map(({ text }) => text);
      if (!/(?:^|\/)(?:useradd|adduser)$/.test(texts[0] ?? "") || !texts.slice(1).includes(user)) continue;
      const at = texts.findIndex((text) => /^(?:-d|-h|--home|--home-dir)$/.test(text));
      const attached = texts.find((text) => /^--home(?:-dir)?=/.test(text))?.replace(/^[^=]*=/, "");
      const home = attached ?? (at === -1 ? undefined : texts[at + 1]);
      const isName = !/^\d+$/.test(user);
      if (home !== undefined) return home.includes("$") ? unknown : { state: "known", value: home };
      return isName ? { state: "known", value: `/home/${user}` } : unknown;
    }
  }
  return undefined;
}

/** GOCACHE for this command; `off` counts as a value. */
export function goCacheSetting(step: RunStep, go: GoInvocation): Setting {
  return firstOf(step, go, ["GOCACHE", ""], ["XDG_CACHE_HOME", "/go-build"], ["HOME", "/.cache/go-build"]);
}

/** GOMODCACHE for this command. */
export function goModCacheSetting(step: RunStep, go: GoInvocation): Setting {
  return firstOf(step, go, ["GOMODCACHE", ""], ["GOPATH", "/pkg/mod"], ["HOME", "/go/pkg/mod"]);
}

function firstOf(step: RunStep, go: GoInvocation, ...choices: readonly (readonly [string, string])[]): Setting {
  for (const [name, below] of choices) {
    const set = goSetting(step, go, name);
    const setting = name === "HOME" && set.state === "unset" ? homeSetting(step) : set;
    if (setting.state === "unknown") return unknown;
    if (setting.state === "known" && setting.value !== "") {
      return { state: "known", value: `${setting.value.split(":")[0] ?? ""}${below}` };
    }
  }
  return unknown;
}
