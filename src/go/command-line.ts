/**
 * The words behind `go`: verb, flags, packages, and what is for a program that go starts. As cmd/go reads them
 * (`internal/work/build.go`, `internal/test/testflag.go`): one dash or two, `-C DIR` first, a value behind `=` or in the
 * next word, and for `go test` flags behind the packages as well.
 */

import { splitQuotedWords } from "./quoted-words.ts";

export interface GoFlag {
  /** Without dashes and without `test.`. */
  readonly name: string;
  /** Absent for a flag that stands alone, `-race`. */
  readonly value: string | undefined;
  /** Where it is among the words, and how many it takes. */
  readonly at: number;
  readonly words: 1 | 2;
}

export interface GoCommandLine {
  /** `build`, `test`; empty when there is none. */
  readonly verb: string;
  /** Where a further flag may be put: behind the verb and `-C DIR`. */
  readonly flagsAt: number;
  /** What `-C` names. */
  readonly directory: string | undefined;
  readonly flags: readonly GoFlag[];
  readonly packages: readonly string[];
  /** Where the words of a program begin, behind `-args` or a package of `go run`; the number of words when nowhere. */
  readonly programAt: number;
}

const valueFlags = new Set(
  (
    "p asmflags compiler buildmode gcflags gccgoflags overlay installsuffix ldflags mod modfile pgo pkgdir tags toolexec " +
    "debug-actiongraph debug-runtime-trace debug-trace covermode coverpkg coverprofile o exec vet bench benchtime " +
    "blockprofile blockprofilerate count cpu cpuprofile fuzz list memprofile memprofilerate mutexprofile " +
    "mutexprofilefraction outputdir parallel run skip timeout fuzztime fuzzminimizetime trace shuffle f vettool C"
  ).split(" "),
);

const switches = new Set(
  (
    "a n v x race msan asan cover linkshared modcacherw trimpath work json c i benchmem failfast short fullpath artifacts " +
    "buildvcs deps export test e find compiled m u versions retracted"
  ).split(" "),
);

/** Reads the words behind `go`. Whatever they are, it answers: go itself says what is wrong with them. */
export function parseGoCommand(args: readonly string[]): GoCommandLine {
  const leading = readDirectory(args, 0);
  const verb = args[leading.next] ?? "";
  const behind = Math.min(leading.next + 1, args.length);
  const trailing = readDirectory(args, behind);
  const directory = leading.directory ?? trailing.directory;
  const read = verb === "test" ? readTestWords(args, trailing.next) : readWords(args, trailing.next, verb);
  return { verb, flagsAt: trailing.next, directory, ...read };
}

/** An optional `-C DIR`, and what comes next. */
function readDirectory(
  args: readonly string[],
  from: number,
): { readonly directory: string | undefined; readonly next: number } {
  const word = args[from] ?? "";
  if (word === "-C" || word === "--C") return { directory: args[from + 1], next: Math.min(from + 2, args.length) };
  const attached = /^--?C=(.*)$/s.exec(word)?.[1];
  return { directory: attached, next: attached === undefined ? from : from + 1 };
}

type Words = Pick<GoCommandLine, "flags" | "packages" | "programAt">;

/** Flags, then packages; of `go run`, one package or the files of one, then the program's words. */
function readWords(args: readonly string[], from: number, verb: string): Words {
  const flags: GoFlag[] = [];
  let at = from;
  for (; at < args.length; at++) {
    const flag = readFlag(args, at, valueFlags);
    if (flag === undefined) break;
    flags.push(flag);
    at += flag.words - 1;
  }
  if (args[at] === "--") at++;
  if (verb !== "run") return { flags, packages: args.slice(at), programAt: args.length };
  let end = at;
  while (args[end]?.endsWith(".go") === true) end++;
  const programAt = Math.min(args.length, end === at ? at + 1 : end);
  return { flags, packages: args.slice(at, programAt), programAt };
}

/** Flags and packages in any order; behind `-args`, and behind a flag that go does not know, the test's own words. */
function readTestWords(args: readonly string[], from: number): Words {
  const flags: GoFlag[] = [];
  const packages: string[] = [];
  let isForTest = false;
  for (let at = from; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "-args" || word === "--args" || word === "--") return { flags, packages, programAt: at };
    const flag = readFlag(args, at, valueFlags);
    if (flag === undefined) {
      if (!isForTest) packages.push(word);
      continue;
    }
    isForTest ||= !valueFlags.has(flag.name) && !switches.has(flag.name);
    flags.push(flag);
    at += flag.words - 1;
  }
  return { flags, packages, programAt: args.length };
}

function readFlag(args: readonly string[], at: number, takesValue: ReadonlySet<string>): GoFlag | undefined {
  const match = /^--?(?:test\.)?([^-=][^=]*)(?:=(.*))?$/s.exec(args[at] ?? "");
  if (match === null) return undefined;
  const name = match[1] ?? "";
  const isSeparate = match[2] === undefined && takesValue.has(name) && at + 1 < args.length;
  if (isSeparate) return { name, value: args[at + 1], at, words: 2 };
  return { name, value: match[2], at, words: 1 };
}

/** The flags of GOFLAGS, without places. */
export function parseGoflags(text: string): readonly Pick<GoFlag, "name" | "value">[] {
  return (splitQuotedWords(text) ?? []).flatMap((word) => {
    const flag = readFlag([word], 0, new Set());
    return flag === undefined ? [] : [{ name: flag.name, value: flag.value }];
  });
}

/** The value that counts: the last one on the command line, else the last one of GOFLAGS. `""` for a bare flag. */
export function flagText(
  name: string,
  line: Pick<GoCommandLine, "flags">,
  goflags: readonly Pick<GoFlag, "name" | "value">[],
): string | undefined {
  const isNamed = (flag: Pick<GoFlag, "name">): boolean => flag.name === name;
  const found = line.flags.findLast(isNamed) ?? goflags.findLast(isNamed);
  return found === undefined ? undefined : (found.value ?? "");
}

/** Whether a switch is on: `-race`, `-race=true`, `-race=1`. */
export function isSwitchOn(text: string | undefined): boolean {
  return text !== undefined && (text === "" || /^(?:1|t|true)$/i.test(text));
}
