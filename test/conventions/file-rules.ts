/** Rules about single files: names, lengths, error codes, comments. Each returns sentences that say what to do. */

import { posix } from "node:path";
import { cacheFloors } from "./floors.ts";
import type { ParsedFile } from "./parsed-file.ts";

const vagueWords = ["util", "utils", "helpers", "common", "misc", "manager"];

/** Kebab case, after what the file holds; no word that could hold anything. */
export function findNameViolations(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const stem = posix.basename(path).replace(/(\.test|\.generated)?\.ts$/, "");
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(stem)) {
      return [`${path}: name it in kebab-case, for instance put-queue.ts`];
    }
    const vague = [...posix.dirname(path).split("/"), ...stem.split("-")].find((word) => vagueWords.includes(word));
    return vague === undefined ? [] : [`${path}: "${vague}" could hold anything: name it after what it holds`];
  });
}

export interface LengthLimits {
  readonly fileLines: number;
  readonly functionLines: number;
}

export function findLengthViolations(files: readonly ParsedFile[], limits: LengthLimits): readonly string[] {
  return files.flatMap((file) => [
    ...(file.lines > limits.fileLines
      ? [`${file.path} has ${file.lines} lines, at most ${limits.fileLines}: split it by what its parts hold`]
      : []),
    ...file.functions
      .filter((one) => one.lines > limits.functionLines)
      .map(
        (one) =>
          `${file.path}:${one.line}: ${one.name} has ${one.lines} lines, at most ${limits.functionLines}: ` +
          "name its steps and make them functions",
      ),
  ]);
}

/** A code is `room/what-is-wrong`, declared in that room, and declared once. The cache's inner rooms count as rooms. */
export function findErrorCodeViolations(files: readonly ParsedFile[]): readonly string[] {
  const seen = new Map<string, string>();
  return files.flatMap((file) =>
    file.errorCodes.flatMap(({ code, line }) => {
      const place = `${file.path}:${line}`;
      const [, room = "", inner = ""] = file.path.split("/");
      const rooms = room === "cache" && cacheFloors.flat().includes(inner) ? [inner, room] : [room];
      const first = seen.get(code);
      seen.set(code, place);
      if (!/^[a-z]+\/[a-z0-9]+(-[a-z0-9]+)*$/.test(code)) {
        return [`${place}: the code ${code} must read room/what-is-wrong, in kebab-case`];
      }
      if (!rooms.includes(code.split("/")[0] ?? "")) {
        return [`${place}: the code ${code} must begin with its room, ${rooms.join("/ or ")}/`];
      }
      return first === undefined ? [] : [`${place}: the code ${code} is declared at ${first} already: choose another`];
    }),
  );
}

/** Notes to oneself belong in an issue, where somebody will read them. */
export function findLeftoverNotes(files: readonly ParsedFile[]): readonly string[] {
  return files.flatMap((file) =>
    file.comments
      .filter((comment) => /\b(TODO|FIXME|XXX|HACK)\b/.test(comment.text))
      .map((comment) => `${file.path}:${comment.line}: do it now, or open an issue and take the note out`),
  );
}

/** A command's file is named after the words that select it: `["cache", "stats"]` in cache-stats.ts. */
export function findCommandNameViolations(
  commands: readonly { readonly file: string; readonly path: readonly string[] }[],
): readonly string[] {
  return commands
    .filter(({ file, path }) => posix.basename(file, ".ts") !== path.join("-"))
    .map(({ file, path }) => `${file}: its command is "${path.join(" ")}": name the file ${path.join("-")}.ts`);
}

/** Versions are exact, so that two installations a year apart are the same. */
export function findUnpinnedVersions(versions: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(versions)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `package.json: ${name} is "${version}": pin one exact version`);
}

/** Relative links of a Markdown file that lead nowhere. `exists` gets a path under the repository's folder. */
export function findDeadLinks(path: string, text: string, exists: (target: string) => boolean): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
    .map((found) => found[1] ?? "")
    .filter((link) => link !== "" && !/^[a-z]+:/.test(link))
    .filter((link) => !exists(posix.normalize(posix.join(posix.dirname(path), link))))
    .map((link) => `${path}: the link to ${link} leads nowhere: correct it or write that file`);
}
