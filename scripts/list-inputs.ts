/**
 * Writes what the launcher asks on every start: a script that ends with 0 if no input of the executable is newer than it.
 * `bun scripts/list-inputs.ts METAFILE OUTFILE` in the repository's folder; METAFILE is the bundler's.
 *
 * Only what the bundler read can change the executable. Folders are for files that took another's place with a time of
 * long ago, and for files that went. Packages are left out: they change with package-lock.json.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Besides what the bundler read: how it is called, and which packages it finds. */
const buildFiles = ["package.json", "package-lock.json", "scripts/launcher.sh"];

function readInputs(path: string): string[] {
  const { inputs } = JSON.parse(readFileSync(path, "utf8")) as { inputs: Readonly<Record<string, unknown>> };
  const own = Object.keys(inputs).filter((input) => !/(^|\/)node_modules\//.test(input));
  if (own.length === 0) throw new Error(`${path} names no source`);
  return own;
}

/** All folders above a file, but not the repository's own: whatever is built lies in it. */
function foldersOf(input: string): string[] {
  const folder = dirname(input);
  return folder === "." ? [] : [folder, ...foldersOf(folder)];
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

const [metafile = "", outfile = ""] = process.argv.slice(2);
const inputs = readInputs(metafile);
const watched = [...new Set([...buildFiles, ...inputs, ...inputs.flatMap(foldersOf)])];
writeFileSync(
  outfile,
  `for input in \\\n${watched.map(quote).join(" \\\n")}
do
  [ "$input" -nt .ballast/bin/ballast ] && exit 1
done
exit 0
`,
);
