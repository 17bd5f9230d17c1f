/** The steps of one stage, each with what is in force before it. */

import type { RawInstruction } from "./dockerfile-text.ts";
import type { CopyStep, Stage, StageState, Step } from "./model.ts";
import { readMounts } from "./run-mount.ts";
import { readRunScript } from "./run-script.ts";
import { absolutePath, applyPairs, expandIn, freeze, initialState } from "./stage-state.ts";
import type { MutableState } from "./stage-state.ts";

interface Reading {
  readonly stage: Stage;
  readonly globals: ReadonlyMap<string, string | undefined>;
  readonly escape: string;
  readonly problems: { offset: number; reason: string }[];
  readonly state: MutableState;
  isPosix: boolean;
}

/** Adds the instructions to the steps of `stage`; returns the state in which it ends. */
export function readSteps(
  stage: Stage & { readonly steps: Step[] },
  instructions: readonly RawInstruction[],
  globals: ReadonlyMap<string, string | undefined>,
  escape: string,
  problems: { offset: number; reason: string }[],
): StageState {
  const state = initialState(stage.image, stage.parent?.end);
  const reading: Reading = { stage, globals, escape, problems, state, isPosix: true };
  let before = freeze(state);
  for (const instruction of instructions) {
    stage.steps.push(readStep(reading, instruction, before));
    if (!instruction.isTrigger && takeIn(reading, instruction)) before = freeze(state);
  }
  return before;
}

/** Changes the state by what the instruction says; false when it says nothing of it. */
function takeIn(reading: Reading, { keyword, pairs, words, json }: RawInstruction): boolean {
  const { state } = reading;
  const first = words[0]?.text ?? "";
  switch (keyword) {
    case "ENV":
    case "ARG":
      applyPairs(state, keyword === "ENV" ? "env" : "arg", pairs, reading.globals);
      return true;
    case "USER": {
      const user = expandIn(freeze(state), first)?.split(":")[0];
      state.user = user === "0" ? "root" : user;
      return true;
    }
    case "WORKDIR": {
      const path = expandIn(freeze(state), words.map(({ text }) => text).join(" "));
      state.workdir = path === undefined ? undefined : absolutePath(state.workdir, path.replace(/^"|"$/g, ""));
      return true;
    }
    case "SHELL":
      reading.isPosix = /(?:^|\/)(?:ba|da|a|z)?sh$/.test(json?.[0]?.text ?? "sh");
      return false;
    default:
      return false;
  }
}

function readStep(reading: Reading, raw: RawInstruction, state: StageState): Step {
  const { start, end, keywordEnd, isTrigger } = raw;
  const base = { stage: reading.stage, state, isTrigger, start, end, keywordEnd };
  const { text } = reading.stage.dockerfile.source;
  switch (raw.keyword) {
    case "RUN": {
      const { commands, gos, problem } = readRunScript(text, raw, reading.escape, reading.isPosix);
      if (problem !== undefined) reading.problems.push({ offset: raw.start, reason: problem });
      const mounts = readMounts(text, raw.flags, state);
      const isNetworkOff = raw.flags.some(({ name, value }) => name === "network" && value === "none");
      return { kind: "run", mounts, scriptStart: raw.rest.start, commands, gos, isNetworkOff, ...base };
    }
    case "COPY":
    case "ADD":
      return { ...base, kind: "copy", keyword: raw.keyword, ...copyParts(raw) };
    case "ENV":
    case "ARG":
    case "LABEL":
      return { ...base, kind: raw.keyword === "ENV" ? "env" : argOrLabel(raw.keyword), pairs: raw.pairs };
    default:
      return { ...base, kind: "other", keyword: raw.keyword, text: text.slice(raw.rest.start, raw.rest.end) };
  }
}

function argOrLabel(keyword: "ARG" | "LABEL"): "arg" | "label" {
  return keyword === "ARG" ? "arg" : "label";
}

function copyParts(raw: RawInstruction): Pick<CopyStep, "sources" | "destination" | "from"> {
  const words = raw.json ?? raw.words;
  const from = raw.flags.find(({ name }) => name === "from")?.value;
  return {
    sources: words.slice(0, -1).filter(({ text }) => !text.startsWith("<<")),
    destination: words.at(-1)?.text ?? "",
    ...(from === undefined ? {} : { from }),
  };
}
