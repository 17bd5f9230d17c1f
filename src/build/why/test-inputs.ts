/**
 * What a test looked at when it passed: Go keeps a list of it in its cache, under a hash of the linked test
 * (`cmd/go/internal/test/test.go`, tryCacheWithID). A changed time of a file that was opened makes the test run again.
 */

import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { actionPath, outputPath, parseEntryLine } from "../../go/gocache/entry-file.ts";
import { hashFile } from "../../go/hash-file.ts";

/** A variable or a file, and what it was like. */
export interface TestInput {
  readonly kind: "variable" | "file";
  readonly name: string;
  /** Of the variable's value, or of the file's content; empty where there is none. */
  readonly hash: string;
  /** Of a file: size, mode and time, as Go hashes them. */
  readonly stat: string;
}

const logLimit = 10_000;
const hashedFileBytes = 16_000_000;

export interface TestLogPlace {
  readonly gocache: string;
  readonly goVersion: string;
  /** The linked test's action id. */
  readonly linkId: string;
  /** `args [] execcmd []` */
  readonly testWords: string;
  /** Not known with -trimpath; relative names are then left out. */
  readonly packageFolder: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `undefined` where Go kept no list: the test failed, or its flags keep it from being cached. */
export function readTestInputs(place: TestLogPlace): TestInput[] | undefined {
  const { gocache, goVersion, linkId, testWords } = place;
  const id = new Bun.CryptoHasher("sha256").update(`${goVersion}test binary ${linkId} ${testWords}`).digest("hex");
  const log = readBody(gocache, id);
  return log?.startsWith("# test log\n") === true ? inputsOf(log.split("\n").slice(1, logLimit), place) : undefined;
}

function readBody(gocache: string, action: string): string | undefined {
  try {
    const entry = parseEntryLine(action, readFileSync(actionPath(gocache, action), "latin1"));
    return entry === undefined ? undefined : readFileSync(outputPath(gocache, entry.output), "utf8");
  } catch {
    return undefined; // not there
  }
}

function inputsOf(lines: readonly string[], { packageFolder, env }: TestLogPlace): TestInput[] {
  const found = new Map<string, TestInput>();
  const add = (input: TestInput): void => void found.set(`${input.kind} ${input.name}`, input);
  add(variable("GODEBUG", env));
  let folder = packageFolder;
  const addFile = (name: string): void => {
    if (isAbsolute(name)) add(file(name));
    else if (folder !== undefined) add(file(join(folder, name)));
  };
  for (const line of lines) {
    const space = line.indexOf(" ");
    const [op, name] = [line.slice(0, space), line.slice(space + 1)];
    if (op === "getenv") add(variable(name, env));
    if (op === "chdir") folder = name;
    if (op === "open" || op === "stat" || op === "chdir") addFile(name);
  }
  return [...found.values()];
}

function variable(name: string, env: Readonly<Record<string, string | undefined>>): TestInput {
  const value = env[name];
  const hash = value === undefined ? "" : new Bun.CryptoHasher("sha256").update(value).digest("hex").slice(0, 20);
  return { kind: "variable", name, hash, stat: "" };
}

function file(name: string): TestInput {
  const info = statSync(name, { throwIfNoEntry: false });
  if (info === undefined) return { kind: "file", name, hash: "", stat: "" };
  const isHashed = info.isFile() && info.size <= hashedFileBytes;
  const hash = isHashed ? (hashFile(name) ?? "").slice(0, 20) : "";
  return { kind: "file", name, hash, stat: `${info.size} ${info.mode.toString(8)} ${info.mtimeMs}` };
}
