/**
 * One line of `GODEBUG=schedtrace=N`. Three formats, each recorded from real programs (fixtures/): up to Go 1.19 without
 * `needspinning`, from 1.20 with it, from 1.25 with blanks inside the brackets and a count of schedulings per processor.
 */

export interface SchedSample {
  /** Since the program's start, by its own clock. */
  readonly sinceStartMs: number;
  readonly gomaxprocs: number;
  readonly idleProcs: number;
  readonly threads: number;
  readonly spinningThreads: number;
  readonly idleThreads: number;
  /** The global queue; the local ones are `localQueues`, one for each processor. */
  readonly runQueue: number;
  readonly localQueues: readonly number[];
  /** How often each processor began another goroutine's time slice; absent before Go 1.25. */
  readonly schedTicks: readonly number[] | undefined;
}

/** Go itself allows no more processors than this by default settings of any kernel; longer lists are not Go's. */
const listMax = 8192;
/** What a line of that many processors may take. */
export const traceLineMaxChars = 256 * 1024;

const head =
  /^SCHED (\d{1,15})ms: gomaxprocs=(\d{1,6}) idleprocs=(\d{1,6}) threads=(\d{1,7}) spinningthreads=(\d{1,7})(?: needspinning=\d{1,7})? idlethreads=(\d{1,7}) runqueue=(\d{1,10})/;
/** With `scheddetail` the queues stand on lines of their own. */
const detailTail = /^ gcwaiting=(?:true|false|\d) nmidlelocked=-?\d+ stopwait=-?\d+ sysmonwait=(?:true|false|\d)$/;
const queuesTail = /^ \[ ?([\d ]*?) ?\](?: schedticks=\[ ([\d ]*?) ?\])?$/;

/** What a line says, or `undefined` for one that is not the trace's. `line` has no line feed. */
export function parseSchedLine(line: string): SchedSample | undefined {
  if (line.length > traceLineMaxChars) return undefined;
  const found = head.exec(line);
  if (found === null) return undefined;
  const rest = line.slice(found[0].length);
  const queues = queuesTail.exec(rest);
  if (queues === null && !detailTail.test(rest)) return undefined;
  const numbers = found.slice(1).map(Number);
  const [sinceStartMs = 0, gomaxprocs = 0, idleProcs = 0, threads = 0, spinningThreads = 0, idleThreads = 0] = numbers;
  const localQueues = numberList(queues?.[1] ?? "");
  const schedTicks = queues?.[2] === undefined ? undefined : numberList(queues[2]);
  const isCounted = schedTicks === undefined || schedTicks.length === localQueues.length;
  if (!isCounted || localQueues.length > listMax) return undefined;
  const runQueue = numbers[6] ?? 0;
  return {
    sinceStartMs,
    gomaxprocs,
    idleProcs,
    threads,
    spinningThreads,
    idleThreads,
    runQueue,
    localQueues,
    schedTicks,
  };
}

function numberList(text: string): number[] {
  return text === "" ? [] : text.split(" ").map(Number);
}
