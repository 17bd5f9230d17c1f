/**
 * Which package a cached body is about, told from the body alone: Go's key is a hash, and its cache says no more.
 *
 * Compiled packages and module indexes say it themselves, test results in their last line, cgo's sources by the file
 * that they were made from. Test logs, vet's results and lists of sources do not.
 */

import { bodyKind } from "./body-kind.ts";
import { readModuleIndex } from "./module-index.ts";
import { type PackageObject, readPackageArchive } from "./object-file.ts";

export interface BodySubject {
  /**
   * The import path; `x_test` for a package of external tests; `main` for a command, whose import path no archive
   * holds (with `-trimpath` the folder is the import path).
   */
  readonly package?: string;
  /** A folder of sources: of a command, of an indexed module or package, of what cgo translated. */
  readonly folder?: string;
  /** `tests`: a package compiled together with its own tests; `test-main`: the program around one package's tests. */
  readonly variant?: "tests" | "test-main";
  /** Packages in a module's index. */
  readonly packages?: number;
  /** `go1.26.8`: the compiler that made it. */
  readonly goVersion?: string;
}

/** What a whole body of a kind of `bodyKind` is about; empty where it does not say. */
export function subjectOfBody(kind: number, body: Uint8Array): BodySubject {
  switch (kind) {
    case bodyKind.package:
    case bodyKind.cgoPackage:
      return subjectOfObject(readPackageArchive(body));
    case bodyKind.moduleIndex:
      return subjectOfIndex(body);
    case bodyKind.testResult:
      return named(/(?:^|\n)ok {2}\t(\S+)\t/.exec(textAt(body, -512))?.[1]);
    case bodyKind.coverageProfile:
      return named(/^mode: \w+\n(.+)\/[^/\n]+:\d+\.\d+,/.exec(textAt(body, 4096))?.[1]);
    case bodyKind.cgoSource:
    case bodyKind.coverSource:
      return inFolder(/^\/\/line (.+)\/[^/\n]+:\d+:\d+$/m.exec(textAt(body, 4096))?.[1]);
    default:
      return {};
  }
}

/** One line for people: `net/http`, `net/http (with its tests)`, `/src/m/cmd/x (main)`, `/src/m (12 packages)`. */
export function subjectText(subject: BodySubject): string {
  const { package: path, folder, variant, packages } = subject;
  if (path === undefined) return `${folder ?? ""}${packages === undefined ? "" : ` (${packages} packages)`}`;
  if (variant === "test-main") return `${path} (test program)`;
  if (variant === "tests" && !path.endsWith("_test")) return `${path} (with its tests)`;
  return folder === undefined ? path : `${folder} (${path})`;
}

/** The packages that the generated program around tests imports for itself (`cmd/go/internal/load/test.go`). */
const testMainImports = new Set(["os", "reflect", "testing", "testing/internal/testdeps"]);

function subjectOfObject(object: PackageObject | undefined): BodySubject {
  if (object === undefined) return {};
  const { goVersion, files, path } = object;
  if (path === undefined) return { goVersion };
  if (files.includes("_testmain.go")) {
    const tested = object.imports.find((one) => !testMainImports.has(one)) ?? "main";
    return { package: tested.replace(/_test$/, ""), variant: "test-main", goVersion };
  }
  const tests = files.some((file) => file.endsWith("_test.go")) ? { variant: "tests" as const } : {};
  const folder = path === "main" ? folderOf(files) : undefined;
  return { package: path, goVersion, ...tests, ...(folder === undefined ? {} : { folder }) };
}

/** Where a command's sources lie. What was inlined from elsewhere comes later, but for what cgo's own code needs. */
function folderOf(files: readonly string[]): string | undefined {
  const sources = files.filter((file) => file.endsWith(".go") && file.includes("/"));
  const own = sources.find((file) => !file.startsWith("$GOROOT/")) ?? sources[0];
  return own?.slice(0, own.lastIndexOf("/"));
}

function subjectOfIndex(body: Uint8Array): BodySubject {
  const index = readModuleIndex(body);
  if (index === undefined) return {};
  const [only = ""] = index.packages;
  if (index.packages.length > 1) return { ...inFolder(index.root), packages: index.packages.length };
  return inFolder(
    index.root === undefined || only === "" ? (index.root ?? only) || undefined : `${index.root}/${only}`,
  );
}

function named(path: string | undefined): BodySubject {
  return path === undefined ? {} : { package: path };
}

function inFolder(folder: string | undefined): BodySubject {
  return folder === undefined ? {} : { folder };
}

/** The first `length` bytes as text, or the last ones when it is negative. */
function textAt(body: Uint8Array, length: number): string {
  const part = length < 0 ? body.subarray(length) : body.subarray(0, length);
  return Buffer.from(part.buffer, part.byteOffset, part.length).toString("utf8");
}
