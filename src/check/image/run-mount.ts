/** `RUN --mount=type=cache,target=…` */

import type { RawFlag } from "./dockerfile-text.ts";
import type { Mount, StageState } from "./model.ts";
import { absolutePath, expandIn } from "./stage-state.ts";

const targetNames = ["target", "dst", "destination"];

/** Reads the mounts among the flags of a RUN. */
export function readMounts(text: string, flags: readonly RawFlag[], state: StageState): Mount[] {
  return flags.filter(({ name }) => name === "mount").map((flag) => readMount(text, flag, state));
}

function readMount(text: string, flag: RawFlag, state: StageState): Mount {
  const { start, end } = flag.valueSpan;
  const options = new Map<string, string>();
  let targetSpan: Mount["targetSpan"];
  let at = start;
  for (const part of text.slice(start, end).split(",")) {
    const equals = part.indexOf("=");
    const name = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase();
    const value = equals === -1 ? "true" : part.slice(equals + 1).replace(/^"|"$/g, "");
    options.set(name, value);
    if (targetNames.includes(name) && equals !== -1) targetSpan = { start: at + equals + 1, end: at + part.length };
    at += part.length + 1;
  }
  const written = targetNames.map((name) => options.get(name)).find((value) => value !== undefined);
  const expanded = written === undefined ? undefined : expandIn(state, written);
  const target = expanded === undefined || expanded === "" ? undefined : absolutePath(state.workdir, expanded);
  const type = options.get("type") ?? "bind";
  const id = options.get("id") ?? target;
  return {
    type,
    target,
    id,
    options,
    start: flag.start,
    end: flag.end,
    ...(targetSpan === undefined ? {} : { targetSpan }),
  };
}

/** Whether what lies at `path` is in the mount. */
export function covers(mount: Mount, path: string): boolean {
  return (
    mount.target !== undefined && (path === mount.target || path.startsWith(`${mount.target.replace(/\/$/, "")}/`))
  );
}
