/** Where a go command writes the programs that it links (`cmd/go/internal/work/build.go`, `internal/test/test.go`). */

import { resolve } from "node:path";
import { flagText, isSwitchOn, parseGoCommand } from "./command-line.ts";

export interface CommandPlace {
  /** Where go runs, behind a `-C DIR`. */
  readonly cwd: string;
  /** Where `go install` writes. */
  readonly gobin: string;
}

/** A file, or a folder with any number of programs; none for a command that leaves no program. */
export function programPlace(words: readonly string[], { cwd, gobin }: CommandPlace): string | undefined {
  const line = parseGoCommand(words);
  const output = flagText("o", line, []);
  const named = output === undefined ? undefined : resolve(cwd, output);
  if (line.verb === "build") return named ?? cwd;
  if (line.verb === "install") return gobin === "" ? undefined : gobin;
  if (line.verb !== "test") return undefined;
  return named ?? (isSwitchOn(flagText("c", line, [])) ? cwd : undefined);
}
