/** Which entries of a folder a push sends, and why it leaves out the others. */

import { readBody } from "../../go/body-bytes.ts";
import { bodyKind, classifyBody } from "../../go/body-kind.ts";
import { hashFile } from "../../go/hash-file.ts";
import { readObjectHeader } from "../../go/object-file.ts";
import { isShared, type UploaderOptions } from "../helper/uploader.ts";
import type { LocalRecord } from "../local/record.ts";
import type { FolderBody, FolderEntry } from "./folder-scan.ts";

/** Why an entry stays here. */
export type LeftOut =
  /** The body is gone, or of another size than the entry says. */
  | "incomplete"
  /** The body is not what its name says. */
  | "damaged"
  /** An executable of `go run` or `go tool`, which only a folder can hold. */
  | "executable"
  /** Of a kind that helps nobody else, or that the setting `share` leaves out. */
  | "not-shared"
  /** Compiled by another toolchain than the one on PATH. */
  | "other-toolchain";

export interface JudgeOptions extends Pick<UploaderOptions, "share" | "sharedFolders"> {
  /** `go1.26.8`, as `go env GOVERSION` has it. */
  readonly goVersion: string;
  readonly toolchainTag: number;
}

/** Judges a body once, however many entries name it. */
export class PushJudge {
  readonly #options: JudgeOptions;
  readonly #bodies = new Map<string, number | LeftOut>();

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** The body's kind where the entry is to be sent. */
  judge(entry: FolderEntry, body: FolderBody | undefined, record: LocalRecord | undefined): number | LeftOut {
    if (body === undefined || (!body.isExecutable && body.sizeBytes !== entry.sizeBytes)) return "incomplete";
    if (body.isExecutable) return "executable";
    const tag = record?.toolchainTag ?? 0;
    if (tag !== 0 && tag !== this.#options.toolchainTag) return "other-toolchain";
    const known = this.#bodies.get(entry.output) ?? this.#judgeBody(body);
    this.#bodies.set(entry.output, known);
    return known;
  }

  #judgeBody({ path, output, sizeBytes }: FolderBody): number | LeftOut {
    const bytes = readBody(path, sizeBytes);
    if (bytes === undefined) return "incomplete";
    const kind = classifyBody(bytes);
    if (!isShared(kind, this.#options, bytes)) return "not-shared";
    // Go's version is in the key of every entry, so what else was built by another one is never asked for here, and
    // does no harm; only archives say it, and only they are large.
    const isArchive = kind === bodyKind.package || kind === bodyKind.cgoPackage;
    if (isArchive && !this.#isOurs(bytes)) return "other-toolchain";
    return hashFile(path) === output ? kind : "damaged";
  }

  #isOurs(archive: Buffer): boolean {
    // The member's head comes before its text. A version with experiments has them behind a blank: `go1.26.8 X:…`.
    const header = readObjectHeader(archive);
    return header?.goVersion === this.#options.goVersion.split(" ")[0];
  }
}
