/** The module that the lab's jobs build: a package that all have in common, and one that each job keeps to itself. */

import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the common package prints; the same length as what somebody would put in its place. */
export const commonMark = "common-as-a-job-compiled-it";
export const tamperedMark = "common-as-somebody-wrote-it";

/** Go does not index files that are younger than two seconds. */
const ageSeconds = 3600;

/** The text that only the job `name` of this run compiles. */
export function secretMark(seed: string, name: string): string {
  return `secret-of-${name}-${seed}`;
}

/** Writes a job's checkout. */
export function writeJobModule(folder: string, secret: string): void {
  write(folder, "go.mod", "module example.org/lab\n\ngo 1.21\n");
  write(folder, "common/common.go", `package common\n\n// Mark is printed.\nvar Mark = "${commonMark}"\n`);
  write(folder, "main.go", 'package main\n\nimport "example.org/lab/common"\n\nfunc main() { println(common.Mark) }\n');
  writeSecret(folder, secret);
}

/** Gives a checkout the private package of a job. */
export function writeSecret(folder: string, secret: string): void {
  write(folder, "secret/secret.go", `package secret\n\n// Mark is this job's.\nvar Mark = "${secret}"\n`);
}

function write(folder: string, name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const time = Math.floor(Date.now() / 1000) - ageSeconds;
  utimesSync(path, time, time);
}

/** Whether the output of `go build -x` says that the package was compiled, and not taken from a cache. */
export function compiled(output: string, path: string): boolean {
  return new RegExp(`/compile(?:\\.exe)? -o .* -p ${path.replaceAll(".", "\\.")} `).test(output);
}
