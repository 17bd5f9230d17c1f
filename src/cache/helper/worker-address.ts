/** Where a thread's file is: in the executable it has an address of its own, under `bun run` it lies beside this one. */
export function startWorker(name: "fetch-worker" | "upload-worker" | "unpack-worker"): Worker {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  return new Worker(isCompiled ? `./src/cache/helper/${name}.ts` : new URL(`./${name}.ts`, import.meta.url).href);
}
