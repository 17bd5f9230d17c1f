/** What can be varied about the build of an image. */

import type { Catalogue } from "../choose-factors.ts";

/** How one level of a factor changes the build of an image; several are laid on top of each other. */
export interface ImageChange {
  /** In which of the two copies it is built. */
  readonly place?: "a" | "b";
  readonly commit?: "1" | "2";
  readonly isDirty?: boolean;
  /** Files of the context were created in the opposite order. */
  readonly isReversed?: boolean;
  /** Which of two times all files of the context have, as two checkouts would. */
  readonly fileTimes?: "1" | "2";
  /** Words for `buildctl build`. */
  readonly words?: readonly string[];
  /** Added to the words of the output. */
  readonly output?: string;
}

const needsGit = "the context is not in git, or git is not on PATH";
const argument = (name: string) => (level: string) =>
  level === "" ? {} : { words: ["--opt", `build-arg:${name}=${level}`] };

/** In the order in which they are reported. */
export function imageCatalogue(hasGit: boolean): Catalogue<ImageChange> {
  const git = { isDefault: true, whyNot: hasGit ? undefined : needsGit };
  const usual = { isDefault: true, whyNot: undefined };
  return {
    builtIn: [
      {
        ...usual,
        name: "epoch",
        doc: "SOURCE_DATE_EPOCH: the time that the image says it was made at",
        levels: ["", "1700000000"],
        hardened: "1700000000",
        change: argument("SOURCE_DATE_EPOCH"),
      },
      {
        ...usual,
        name: "rewrite",
        doc: "rewrite-timestamp: files of layers get no later time than SOURCE_DATE_EPOCH",
        levels: ["off", "on"],
        hardened: "on",
        change: (level) => (level === "on" ? { output: "rewrite-timestamp=true" } : {}),
      },
      {
        ...usual,
        name: "workdir",
        doc: "the folder of the checkout; two copies with paths of different length",
        levels: ["a", "b"],
        change: (level) => ({ place: level === "b" ? "b" : "a" }),
      },
      {
        ...usual,
        name: "filetimes",
        doc: "the times of the context's files, as two checkouts have them",
        levels: ["1", "2"],
        change: (level) => ({ fileTimes: level === "2" ? "2" : "1" }),
      },
      {
        ...usual,
        name: "order",
        doc: "the order in which the context's files were created",
        levels: ["names", "reversed"],
        change: (level) => ({ isReversed: level === "reversed" }),
      },
      {
        ...git,
        name: "commit",
        doc: "which commit is checked out; both have the same files",
        levels: ["1", "2"],
        change: (level) => ({ commit: level === "2" ? "2" : "1" }),
      },
      {
        ...git,
        name: "dirty",
        doc: "an untracked file in the repository",
        levels: ["no", "yes"],
        change: (level) => ({ isDirty: level === "yes" }),
      },
      {
        name: "compression",
        doc: "how layers are packed: gzip, zstd or uncompressed",
        levels: ["gzip", "zstd"],
        isDefault: false,
        whyNot: undefined,
        change: (level) => ({ output: `compression=${level},force-compression=true` }),
      },
    ],
    custom: (name) => (/^[A-Za-z_]\w*$/.test(name) ? argument(name) : undefined),
  };
}

/** Later ones win, but words add up. */
export function mergeImageChanges(changes: readonly ImageChange[]): ImageChange {
  const outputs = changes.flatMap(({ output }) => output ?? []);
  return {
    ...(Object.assign({}, ...changes) as ImageChange),
    words: changes.flatMap(({ words }) => words ?? []),
    ...(outputs.length === 0 ? {} : { output: outputs.join(",") }),
  };
}
