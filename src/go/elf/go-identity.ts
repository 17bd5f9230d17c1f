/** What a Go program says of itself: its build id, and the information that `go version -m` shows. */

import { type ElfFile, findSection, sectionBytes } from "./elf-file.ts";

/** The four parts of a program's build id (`cmd/go/internal/work/buildid.go`). */
export interface GoBuildId {
  readonly text: string;
  /** The hash of what the link step was told; of what the main package was compiled from; of both results. */
  readonly linkAction: string;
  readonly mainAction: string;
  readonly mainContent: string;
  readonly linkContent: string;
}

/** From the note `.note.go.buildid`; `undefined` where there is none, or one of another shape. */
export function goBuildId(file: ElfFile): GoBuildId | undefined {
  const section = findSection(file, ".note.go.buildid");
  if (section === undefined) return undefined;
  const bytes = sectionBytes(file, section);
  if (bytes.length < 16 || bytes.toString("latin1", 12, 14) !== "Go") return undefined;
  const sizeBytes = file.isLittleEndian ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  const text = bytes.toString("latin1", 16, 16 + sizeBytes).replace(/\0+$/, "");
  const [linkAction = "", mainAction = "", mainContent = "", linkContent = ""] = text.split("/");
  return { text, linkAction, mainAction, mainContent, linkContent };
}

export interface GoModuleOf {
  readonly path: string;
  readonly version: string;
  readonly sum: string;
  readonly replaces?: string;
}

export interface GoBuildInfo {
  readonly goVersion: string;
  /** The main package. */
  readonly path: string;
  readonly main: GoModuleOf | undefined;
  readonly deps: readonly GoModuleOf[];
  /** `-trimpath`, `CGO_ENABLED`, `vcs.revision` and so on, in the order of the file. */
  readonly settings: ReadonlyMap<string, string>;
  /** The length of the text in the program, which is why all behind it may move. */
  readonly sizeBytes: number;
}

const magic = "\xff Go buildinf:";
/** From Go 1.18 on the strings lie in the section itself, each with its length in front (`debug/buildinfo`). */
const inlineFlag = 2;
/** Around the module text lie 16 bytes each by which it can be found in a running program. */
const sentinelBytes = 16;

/** From the section `.go.buildinfo`; `undefined` where there is none, or one from before Go 1.18. */
export function goBuildInfo(file: ElfFile): GoBuildInfo | undefined {
  const section = findSection(file, ".go.buildinfo");
  if (section === undefined) return undefined;
  const bytes = sectionBytes(file, section);
  const isInline = bytes.toString("latin1", 0, 14) === magic && ((bytes[15] ?? 0) & inlineFlag) !== 0;
  if (!isInline) return undefined;
  const version = inlineString(bytes, 32);
  const info = version === undefined ? undefined : inlineString(bytes, version.end);
  if (version === undefined || info === undefined) return undefined;
  const text = info.bytes.subarray(sentinelBytes, -sentinelBytes).toString("utf8");
  return { goVersion: version.bytes.toString("utf8"), sizeBytes: info.bytes.length, ...parseModuleText(text) };
}

interface InlineString {
  readonly bytes: Buffer;
  readonly end: number;
}

function inlineString(bytes: Buffer, at: number): InlineString | undefined {
  let [length, place] = [0, at];
  for (let shift = 0; ; shift += 7, place++) {
    const byte = bytes[place];
    if (byte === undefined || shift > 28) return undefined;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const end = place + 1 + length;
  return end > bytes.length ? undefined : { bytes: bytes.subarray(place + 1, end), end };
}

function parseModuleText(text: string): Pick<GoBuildInfo, "path" | "main" | "deps" | "settings"> {
  const settings = new Map<string, string>();
  const deps: GoModuleOf[] = [];
  let [path, main] = ["", undefined as GoModuleOf | undefined];
  for (const line of text.split("\n")) {
    const [kind = "", first = "", version = "", sum = ""] = line.split("\t");
    const module = { path: first, version, sum };
    if (kind === "path") path = first;
    else if (kind === "mod") main = module;
    else if (kind === "dep") deps.push(module);
    else if (kind === "=>") replaceLast(deps, module);
    else if (kind === "build") addSetting(settings, line.slice("build\t".length));
  }
  return { path, main, deps, settings };
}

function replaceLast(deps: GoModuleOf[], module: GoModuleOf): void {
  const replaced = deps.pop();
  deps.push({ ...module, ...(replaced === undefined ? {} : { replaces: replaced.path }) });
}

/** `KEY=VALUE`, each quoted as Go quotes strings where it holds what would be unclear. */
function addSetting(settings: Map<string, string>, text: string): void {
  const quotedKey = /^"(?:[^"\\]|\\.)*"/.exec(text)?.[0];
  const key = quotedKey ?? /^[^=]*/.exec(text)?.[0] ?? "";
  settings.set(unquote(key), unquote(text.slice(key.length + 1)));
}

function unquote(text: string): string {
  if (text.startsWith("`") && text.endsWith("`") && text.length > 1) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text.replace(/\\x([0-9a-f]{2})/g, String.raw`\u00$1`)) as string;
  } catch {
    return text; // an escape that only Go knows: shown as it stands
  }
}
