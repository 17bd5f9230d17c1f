/** From a Dockerfile's text to the model. */

import { expandText } from "../shell/expand.ts";
import type { Span } from "../shell/shell-command.ts";
import { rangeAt } from "../source-text.ts";
import type { SourceText } from "../source-text.ts";
import { parseImage } from "./base-image.ts";
import { readDockerfileText } from "./dockerfile-text.ts";
import type { RawDockerfile, RawInstruction } from "./dockerfile-text.ts";
import type { Dockerfile, ImagePlace, Pair, Stage, StageState, Step } from "./model.ts";
import { boundedValue } from "./stage-state.ts";
import { readSteps } from "./stage-steps.ts";

/** What the file's surroundings say. */
export type DockerfileSetting = Pick<Dockerfile, "context" | "ignore" | "module" | "hasWorkspace" | "hasVendor">;

export interface ReadDockerfile {
  readonly dockerfile: Dockerfile;
  readonly problems: readonly { readonly offset: number; readonly reason: string }[];
}

const maxStages = 200;

/** Reads the Dockerfile `source`. Throws what the parser throws. */
export function readDockerfile(source: SourceText, setting: DockerfileSetting): ReadDockerfile {
  const raw = readDockerfileText(source);
  const stages: Stage[] = [];
  const globalArgs: Pair[] = [];
  const problems: { offset: number; reason: string }[] = [];
  const place = (span: Span): ImagePlace => ({ path: source.path, ...rangeAt(source, span.start, span.end) });
  const needsBuildKit = saysBuildKit(source.text, raw);
  const dockerfile = { source, path: source.path, globalArgs, stages, needsBuildKit, place, ...setting };
  const groups = groupByStage(raw.instructions, globalArgs);
  if (groups.length > maxStages) problems.push({ offset: 0, reason: `more than ${maxStages} stages` });
  const escape = raw.directives.get("escape") ?? "\\";
  for (const group of groups.slice(0, maxStages)) stages.push(readStage(dockerfile, group, escape, problems));
  return { dockerfile, problems };
}

function saysBuildKit(text: string, { directives, instructions }: RawDockerfile): boolean {
  const isNew = ({ keyword, flags }: RawInstruction): boolean =>
    (keyword === "RUN" && flags.length > 0) ||
    (["COPY", "ADD"].includes(keyword) && flags.some(({ name }) => ["link", "parents", "exclude"].includes(name)));
  return (
    directives.has("syntax") ||
    instructions.some(isNew) ||
    /\b(?:TARGET|BUILD)(?:PLATFORM|ARCH)\b|^RUN\s+<</m.test(text)
  );
}

interface StageGroup {
  readonly from: RawInstruction;
  readonly rest: RawInstruction[];
}

function groupByStage(instructions: readonly RawInstruction[], globalArgs: Pair[]): StageGroup[] {
  const groups: StageGroup[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === "FROM") groups.push({ from: instruction, rest: [] });
    else if (groups.length > 0) groups.at(-1)?.rest.push(instruction);
    else if (instruction.keyword === "ARG") globalArgs.push(...instruction.pairs);
  }
  return groups;
}

function readStage(
  dockerfile: Dockerfile,
  { from, rest }: StageGroup,
  escape: string,
  problems: { offset: number; reason: string }[],
): Stage {
  const [image, as, name] = from.words;
  const written = image?.text ?? "";
  const globals = globalValues(dockerfile.globalArgs);
  const text = expandText(written, (variable) => globals.get(variable));
  const stageName = as?.text.toLowerCase() === "as" ? name?.text.toLowerCase() : undefined;
  const span = { start: image?.start ?? from.start, end: image?.end ?? from.end };
  const stage: Stage & { readonly steps: Step[]; end: StageState } = {
    index: dockerfile.stages.length,
    name: stageName,
    dockerfile,
    from: { start: from.start, end: from.end },
    image: parseImage(text ?? written, span, written, text === undefined),
    parent: dockerfile.stages.findLast((earlier) => earlier.name === (text ?? written).toLowerCase()),
    platform: from.flags.find((flag) => flag.name === "platform")?.value,
    steps: [],
    end: { variables: globals, args: new Set(), user: undefined, workdir: undefined },
  };
  stage.end = readSteps(stage, rest, globals, escape, problems);
  return stage;
}

/** The values of the ARGs before the first FROM; `undefined` where only the one who builds knows. */
function globalValues(pairs: readonly Pair[]): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>();
  for (const { name, value } of pairs) {
    values.set(name, value === undefined ? undefined : boundedValue(expandText(value, (other) => values.get(other))));
  }
  return values;
}
