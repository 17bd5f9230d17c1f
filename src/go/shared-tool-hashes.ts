/** The hashes of a toolchain's files, worked out by several threads at once: each takes a file that nobody has taken. */

const filesMax = 16;
const hashBytes = 32;
const fileState = { free: 0, taken: 1, known: 2, unreadable: 3 } as const;
/** Beyond this the other thread is in trouble, and the file is hashed once more. */
const waitLimitMs = 1000;

export const sharedToolHashesBytes = filesMax * (4 + hashBytes);

export interface SharedToolHashes {
  /** Whether this thread is the one to hash the file of this number. */
  take(file: number): boolean;
  /** Tells the others; `undefined` for a file that cannot be read. */
  put(file: number, hash: string | undefined): void;
  /** What a thread has put, waited for; `undefined` where the file has to be hashed here. */
  read(file: number): { readonly hash: string | undefined } | undefined;
}

export function openSharedToolHashes(memory: SharedArrayBuffer): SharedToolHashes {
  const states = new Int32Array(memory, 0, filesMax);
  const hashes = Buffer.from(memory as unknown as ArrayBuffer, filesMax * 4);
  return {
    take: (file) =>
      file < filesMax && Atomics.compareExchange(states, file, fileState.free, fileState.taken) === fileState.free,
    put(file, hash) {
      if (hash !== undefined) hashes.write(hash, file * hashBytes, "hex");
      Atomics.store(states, file, hash === undefined ? fileState.unreadable : fileState.known);
      Atomics.notify(states, file);
    },
    read(file) {
      if (file >= filesMax) return undefined;
      Atomics.wait(states, file, fileState.taken, waitLimitMs);
      const state = Atomics.load(states, file);
      if (state === fileState.unreadable) return { hash: undefined };
      if (state !== fileState.known) return undefined;
      return { hash: hashes.toString("hex", file * hashBytes, (file + 1) * hashBytes) };
    },
  };
}
