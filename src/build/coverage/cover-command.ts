/** Which profile a go command will write, and of what. */

import { isAbsolute, join, resolve } from "node:path";
import { flagText, isSwitchOn, parseGoCommand, parseGoflags } from "../../go/command-line.ts";
import { goValue } from "../../go/env.ts";

export interface CoverCommand {
  /** Where go works: `-C DIR` or the working directory. */
  readonly cwd: string;
  /** Absolute; absent where coverage is only printed. */
  readonly profilePath: string | undefined;
  readonly patterns: readonly string[];
  readonly coverpkg: string;
  /** Flags that choose tests or change what they do. */
  readonly testFlags: readonly string[];
}

interface Words {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const choosing = ["cpu", "asan", "fuzz", "msan", "race", "run", "short", "skip", "tags"];

/** `undefined` for a command that measures no coverage. */
export function readCoverCommand({ args, cwd, env }: Words): CoverCommand | undefined {
  const line = parseGoCommand(args);
  if (line.verb !== "test") return undefined;
  const goflags = parseGoflags(goValue(env, "GOFLAGS"));
  const valueOf = (name: string): string | undefined => flagText(name, line, goflags);
  const profile = valueOf("coverprofile") ?? "";
  const coverpkg = valueOf("coverpkg") ?? "";
  const isOn =
    isSwitchOn(valueOf("cover")) || [profile, coverpkg, valueOf("covermode") ?? ""].some((text) => text !== "");
  // `-c` builds the test and runs nothing.
  if (!isOn || isSwitchOn(valueOf("c"))) return undefined;
  const folder = resolve(cwd, line.directory ?? ".");
  return {
    cwd: folder,
    profilePath: profile === "" ? undefined : profilePath(profile, folder, valueOf("outputdir")),
    patterns: line.packages,
    coverpkg,
    testFlags: choosing.flatMap((name) => shownFlag(name, valueOf(name))),
  };
}

function shownFlag(name: string, value: string | undefined): string[] {
  if (value === undefined || value === "false") return [];
  return value === "" || value === "true" ? [`-${name}`] : [`-${name}=${value}`];
}

/** go puts a relative name below -outputdir, which is the working directory by default. */
function profilePath(profile: string, folder: string, outputdir: string | undefined): string {
  if (isAbsolute(profile)) return profile;
  return join(outputdir === undefined || outputdir === "" ? folder : resolve(folder, outputdir), profile);
}
