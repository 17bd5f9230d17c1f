/**
 * What a GOCACHEPROG answers: one JSON object a line, in any order, told apart by `ID`. They are written by hand
 * because they are the helper's hot path; every part that could need escaping is escaped once, by the caller.
 *
 * A second answer to one id is fatal to Go, an answer to none hangs it, and `Err` on a put can end a build.
 */

/** The first thing that Go waits for. Go 1.24 to 1.27 know these three commands. */
export const announcement = '{"ID":0,"KnownCommands":["get","put","close"]}\n';

export function missAnswer(id: number): string {
  return `{"ID":${id},"Miss":true}\n`;
}

/**
 * @param output base64 of the output id
 * @param time RFC 3339, when the entry was first put; Go compares it with `go clean -testcache`
 * @param quotedPath the body's absolute path as a JSON string
 */
export function hitAnswer(id: number, output: string, sizeBytes: number, time: string, quotedPath: string): string {
  return `{"ID":${id},"OutputID":"${output}","Size":${sizeBytes},"Time":"${time}","DiskPath":${quotedPath}}\n`;
}

export function putAnswer(id: number, quotedPath: string): string {
  return `{"ID":${id},"DiskPath":${quotedPath}}\n`;
}

/** Also the answer to what Go may ask one day and nobody here knows. */
export function errorAnswer(id: number, message: string): string {
  return `{"ID":${id},"Err":${JSON.stringify(message)}}\n`;
}

export function closeAnswer(id: number): string {
  return `{"ID":${id}}\n`;
}

/**
 * Nanoseconds since 1970 as RFC 3339, with all nine digits. A build's entries share their seconds, so each second is
 * formatted once.
 */
export class TimeText {
  readonly #seconds = new Map<number, string>();

  of(timeNs: bigint): string {
    const seconds = Number(timeNs / 1_000_000_000n);
    let text = this.#seconds.get(seconds);
    if (text === undefined) {
      text = new Date(seconds * 1000).toISOString().slice(0, 20).replace("Z", ".");
      this.#seconds.set(seconds, text);
    }
    return `${text}${String(timeNs % 1_000_000_000n).padStart(9, "0")}Z`;
  }
}
