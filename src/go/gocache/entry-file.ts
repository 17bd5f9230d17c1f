/**
 * GOCACHE's own format on disk, as `cmd/go/internal/cache/cache.go` writes it:
 * `<aa>/<action>-a` is one line of fixed width that names an output, `<aa>/<output>-d` is the output's body.
 */

/** What an `-a` file says. */
export interface EntryLine {
  /** 64 hex digits. */
  readonly output: string;
  readonly sizeBytes: number;
  /** When the entry was put, nanoseconds since 1970. */
  readonly timeNs: bigint;
}

/** "v1 " + 64 + " " + 64 + " " + 20 + " " + 20 + "\n". */
const entryLineBytes = 3 + 64 + 1 + 64 + 1 + 20 + 1 + 20 + 1;

const entryLine = /^v1 ([0-9a-f]{64}) ([0-9a-f]{64}) ( *[0-9]{1,20}) ( *[0-9]{1,20})\n$/;

export function formatEntryLine(action: string, entry: EntryLine): string {
  const size = String(entry.sizeBytes).padStart(20);
  const time = String(entry.timeNs).padStart(20);
  return `v1 ${action} ${entry.output} ${size} ${time}\n`;
}

/** The entry in an `-a` file of `action`; `undefined` for anything that Go itself would not accept. */
export function parseEntryLine(action: string, text: string): EntryLine | undefined {
  if (text.length !== entryLineBytes) return undefined;
  const match = entryLine.exec(text);
  if (match === null || match[1] !== action) return undefined;
  const sizeBytes = Number(match[3]);
  if (!Number.isSafeInteger(sizeBytes)) return undefined;
  return { output: match[2] as string, sizeBytes, timeNs: BigInt((match[4] as string).trim()) };
}

/** The path of an action's entry under a GOCACHE folder. */
export function actionPath(folder: string, action: string): string {
  return `${folder}/${action.slice(0, 2)}/${action}-a`;
}

/** The path of an output's body under a GOCACHE folder. */
export function outputPath(folder: string, output: string): string {
  return `${folder}/${output.slice(0, 2)}/${output}-d`;
}
