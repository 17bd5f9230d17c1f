/** Go's standard output, seen on its way to this process's own. */

import { writeSync } from "node:fs";

export interface PassedOutput {
  /** To be called when go has ended. What go left running may hold the pipe open: it is not waited for long. */
  end(): Promise<void>;
}

const lingerMs = 1000;

export function passOn(stream: ReadableStream<Uint8Array>, onOutput: (bytes: Uint8Array) => void): PassedOutput {
  const reader = stream.getReader();
  const copying = copyAll({ next: () => reader.read(), stop: () => reader.cancel() }, onOutput);
  return {
    async end() {
      let timer: Timer | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, lingerMs)));
      await Promise.race([copying, late]);
      clearTimeout(timer);
      void reader.cancel();
    },
  };
}

interface Chunks {
  next(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  stop(): Promise<void>;
}

async function copyAll({ next, stop }: Chunks, onOutput: (bytes: Uint8Array) => void): Promise<void> {
  for (;;) {
    const { done, value } = await next();
    if (done || value === undefined) return;
    onOutput(value);
    // When nobody reads on, go is told so by its own next write.
    if (!writeAll(value)) return stop();
  }
}

/** `false` when the reader has gone. A pipe that somebody made non-blocking answers EAGAIN while it is full. */
function writeAll(bytes: Uint8Array): boolean {
  let written = 0;
  while (written < bytes.byteLength) {
    try {
      written += writeSync(1, bytes, written);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EPIPE") return false;
      if (code !== "EAGAIN") throw cause;
      Bun.sleepSync(1);
    }
  }
  return true;
}
