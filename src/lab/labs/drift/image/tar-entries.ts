/**
 * A reader of tar archives that keeps what others forget: order, times below a second, extension keys. POSIX ustar with
 * PAX headers, and the GNU forms of long names and large numbers (`archive/tar` of Go reads the same).
 */

import { driftErrors } from "../errors.ts";

export interface TarEntry {
  readonly path: string;
  /** `0` file, `1` hard link, `2` symbolic link, `3` `4` devices, `5` folder, `6` pipe. */
  readonly type: string;
  readonly mode: number;
  readonly owner: string;
  /** Seconds since 1970, with what the archive has behind the point. */
  readonly mtime: string;
  readonly link: string;
  /** Extension keys besides those that are in the fields above, such as `SCHILY.xattr.security.capability`. */
  readonly extensions: Readonly<Record<string, string>>;
  readonly content: Buffer;
}

const blockBytes = 512;
const mostEntries = 2_000_000;
const takenFromExtensions = new Set(["path", "linkpath", "size", "mtime", "uid", "gid", "uname", "gname"]);

/** All entries in their order. Throws `lab/image-unreadable`. */
export function readTar(archive: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = [];
  const globals: Record<string, string> = {};
  let own: Record<string, string> = {};
  for (let at = 0; at + blockBytes <= archive.length;) {
    const header = archive.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) break;
    requireTar(isChecksumRight(header), `there is no tar header at byte ${at}`);
    const type = header.toString("latin1", 156, 157).replace("\0", "0");
    const sizeBytes = own["size"] === undefined ? numberAt(header, 124, 12) : Number(own["size"]);
    const from = at + blockBytes;
    requireTar(
      Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 && from + sizeBytes <= archive.length,
      `the entry at byte ${at} is cut off`,
    );
    const content = archive.subarray(from, from + sizeBytes);
    at = from + Math.ceil(sizeBytes / blockBytes) * blockBytes;
    if (type === "g") Object.assign(globals, readExtensions(content));
    else if (type === "x") Object.assign(own, readExtensions(content));
    else if (type === "L") own["path"] = textOf(content);
    else if (type === "K") own["linkpath"] = textOf(content);
    else {
      requireTar(entries.length < mostEntries, `there are more than ${mostEntries} entries`);
      entries.push(entryOf(header, type, content, { ...globals, ...own }));
      own = {};
    }
  }
  return entries;
}

function entryOf(
  header: Buffer,
  type: string,
  content: Buffer,
  extensions: Readonly<Record<string, string>>,
): TarEntry {
  const isUstar = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? textOf(header.subarray(345, 500)) : "";
  const name = textOf(header.subarray(0, 100));
  const field = (key: string, from: number, length: number): string =>
    extensions[key] ?? String(numberAt(header, from, length));
  const named = (key: string, from: number): string => extensions[key] ?? textOf(header.subarray(from, from + 32));
  return {
    path: normalized(extensions["path"] ?? (prefix === "" ? name : `${prefix}/${name}`)),
    type,
    mode: numberAt(header, 100, 8),
    owner: `${field("uid", 108, 8)}:${field("gid", 116, 8)} ${named("uname", 265)}:${named("gname", 297)}`
      .trim()
      .replace(/ :$/, ""),
    mtime: field("mtime", 136, 12),
    link: extensions["linkpath"] ?? textOf(header.subarray(157, 257)),
    extensions: Object.fromEntries(Object.entries(extensions).filter(([key]) => !takenFromExtensions.has(key))),
    content,
  };
}

/** `./a/b/` and `a/b` are one place. */
function normalized(path: string): string {
  return path.replace(/^\.\//, "").replace(/\/+$/, "") || ".";
}

/** `LENGTH KEY=VALUE\n` again and again; the length counts itself. */
function readExtensions(content: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(0x20, at);
    const length = Number(content.toString("latin1", at, Math.max(at, blank)));
    const isRecord =
      blank > at && Number.isSafeInteger(length) && length > blank - at + 1 && at + length <= content.length;
    requireTar(isRecord, "an extension header is damaged");
    const record = content.toString("utf8", blank + 1, at + length - 1);
    const equals = record.indexOf("=");
    found[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return found;
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

/** Octal digits, or with the first bit set the number itself (GNU). */
function numberAt(header: Buffer, at: number, length: number): number {
  if (((header[at] ?? 0) & 0x80) === 0) {
    return Number.parseInt(textOf(header.subarray(at, at + length)).trim() || "0", 8);
  }
  let value = (header[at] ?? 0) & 0x7f;
  for (const byte of header.subarray(at + 1, at + length)) value = value * 256 + byte;
  return value;
}

function isChecksumRight(header: Buffer): boolean {
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  return sum === numberAt(header, 148, 8);
}

function requireTar(isRight: boolean, detail: string): void {
  if (!isRight) throw driftErrors.error("lab/image-unreadable", detail);
}
