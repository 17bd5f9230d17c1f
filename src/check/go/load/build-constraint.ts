/** Which files a build takes: `//go:build` lines and the systems in file names, as `go/build/constraint` reads them. */

export interface BuildContext {
  readonly goos: string;
  readonly goarch: string;
  readonly tags: ReadonlySet<string>;
  readonly cgo: boolean;
  /** The toolchain's minor version: all of go1.1 … are set. */
  readonly goMinor: number;
}

const systems = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);

const architectures = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 " +
    "ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

const unixes = new Set("aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris".split(" "));

/** Whether a file of this name with this `//go:build` expression ("" for none) is part of the build. */
export function isInBuild(path: string, expression: string, context: BuildContext): boolean {
  return matchesName(path, context) && (expression === "" || evaluate(expression, context));
}

/** `name_GOOS_GOARCH.go`, `name_GOOS.go`, `name_GOARCH.go`, each also before `_test`. */
function matchesName(path: string, context: BuildContext): boolean {
  const base = path.slice(path.lastIndexOf("/") + 1).replace(/(?:_test)?\.go$/, "");
  // A name that is nothing but a system (`linux.go`) says nothing.
  const [last = "", before = ""] = base.split("_").slice(1).toReversed();
  if (architectures.has(last)) {
    return isTagSet(last, context) && (!systems.has(before) || isTagSet(before, context));
  }
  return !systems.has(last) || isTagSet(last, context);
}

function isTagSet(tag: string, context: BuildContext): boolean {
  if (tag === context.goos || tag === context.goarch || context.tags.has(tag)) return true;
  if (tag === "unix") return unixes.has(context.goos);
  if (tag === "linux") return context.goos === "android";
  if (tag === "darwin") return context.goos === "ios";
  if (tag === "solaris") return context.goos === "illumos";
  if (tag === "cgo") return context.cgo;
  if (tag === "gc") return true;
  const minor = /^go1\.(\d+)$/.exec(tag)?.[1];
  return minor !== undefined && Number(minor) <= context.goMinor;
}

/** An expression of tags, `!`, `&&`, `||` and parentheses. What is malformed is true, as a missing line would be. */
function evaluate(expression: string, context: BuildContext): boolean {
  const tokens = expression.match(/&&|\|\||[!()]|[^\s!()&|]+/g) ?? [];
  // A tag can be negated once for each level of recursion; nobody writes expressions longer than this.
  if (tokens.length > 1000) return true;
  const reader = { tokens, at: 0, context };
  const value = readOr(reader);
  return reader.at === tokens.length ? value : true;
}

interface ExpressionReader {
  readonly tokens: readonly string[];
  readonly context: BuildContext;
  at: number;
}

function readOr(reader: ExpressionReader): boolean {
  let value = readAnd(reader);
  while (reader.tokens[reader.at] === "||") {
    reader.at += 1;
    const next = readAnd(reader);
    value ||= next;
  }
  return value;
}

function readAnd(reader: ExpressionReader): boolean {
  let value = readTerm(reader);
  while (reader.tokens[reader.at] === "&&") {
    reader.at += 1;
    const next = readTerm(reader);
    value &&= next;
  }
  return value;
}

function readTerm(reader: ExpressionReader): boolean {
  const token = reader.tokens[reader.at] ?? "";
  reader.at += 1;
  if (token === "!") return !readTerm(reader);
  if (token !== "(") return isTagSet(token, reader.context);
  const value = readOr(reader);
  if (reader.tokens[reader.at] === ")") reader.at += 1;
  return value;
}
