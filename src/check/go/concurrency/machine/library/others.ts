/** runtime, testing, context, synctest, input and output, http handlers, deferred builtins. */

import { runBuiltin } from "../builtins.ts";
import { type Call, type LibraryFunction, push } from "../calls.ts";
import { closeChannel } from "../channel.ts";
import { escape } from "../escape.ts";
import { kidOf, newCell } from "../memory.ts";
import { elementsOf } from "../places.ts";
import { waitForQuiet } from "../quiet.ts";
import { spawn } from "../start.ts";
import { acquire, block, release } from "../state.ts";
import { syncOf } from "../sync-state.ts";
import type { Thread } from "../thread.ts";
import { type FuncValue, isObject } from "../value.ts";
import { receiverCell } from "./receiver.ts";

const giveWay: LibraryFunction = ({ run }) => {
  run.isTurnOver = true;
  return [];
};

const exitThread: LibraryFunction = ({ thread }) => {
  thread.panic ??= { value: "exit" };
  return [];
};

const exitProgram: LibraryFunction = ({ run, thread }) => {
  if (thread.id === 0 && run.threads.length === 1) run.isOver = true;
  thread.panic ??= { value: "exit" };
  return [];
};

/** Runs when the thread that set it is at its end, or at a garbage collection; after whatever that thread did. */
const finalizer: LibraryFunction = (spot, _call, _receiver, [, fn, ...rest]) => {
  const owner = spot.thread;
  spot.run.late.push(() => {
    const thread = spawn(spot, fn, rest, false, "finalizer");
    acquire(thread, owner.clock);
  });
  return [];
};

const collectGarbage: LibraryFunction = ({ run }) => {
  for (const start of run.late.splice(0)) start();
  run.isTurnOver = true;
  return [];
};

/** A subtest is a thread that the test waits for, unless it says that it is parallel. */
const runSubtest: LibraryFunction = (spot, _call, receiver, [, fn]) => {
  const { thread } = spot;
  const started = thread.pending as { readonly child: Thread } | undefined;
  if (started === undefined) {
    const test = spot.run.memory.unknown(isObject(receiver) && receiver.kind === "unknown" ? receiver.type : undefined);
    const child = spawn(spot, fn, [test], false, "Run");
    thread.pending = { child };
    spot.run.preferred = child;
    block(thread, { kind: "quiet" }, () => child.isDone || child.pending === "parallel");
    return "again";
  }
  thread.pending = undefined;
  if (started.child.isDone) acquire(thread, started.child.clock);
  return [true];
};

/** Goes on when the test around it has come to its end. */
const parallel: LibraryFunction = (spot) => {
  const { thread, run } = spot;
  const [main] = run.threads;
  if (thread.id === 0 || main === undefined) return [];
  if (thread.pending === "parallel") {
    thread.pending = undefined;
    acquire(thread, main.clock);
    return [];
  }
  thread.pending = "parallel";
  block(thread, { kind: "quiet" }, () => main.isDone);
  return "again";
};

const synctestWait: LibraryFunction = (spot) => {
  if (!waitForQuiet(spot)) return "again";
  for (const other of spot.run.threads) acquire(spot.thread, other.clock);
  for (const other of spot.run.threads) {
    if (other !== spot.thread) other.clock[other.id] = (other.clock[other.id] ?? 0) + 1;
  }
  return [];
};

/** An error that is not nil. */
const newError: LibraryFunction = () => [{ kind: "opaque", what: "error", target: undefined }];

const callNow: LibraryFunction = (spot, call, _receiver, args) => {
  const fn = args.find((arg): arg is FuncValue => isObject(arg) && arg.kind === "func");
  if (fn?.code === undefined) return [];
  push(spot, fn, { ...call, args: [], to: [] });
  return "called";
};

/** A context that this function can end itself. */
function derived(canEndAlone: boolean): LibraryFunction {
  return (spot, _call, _receiver, [parent]) => {
    const cell = newCell({ type: undefined, origin: { kind: "heap", symbol: undefined, node: spot.node } });
    const isEndless =
      isObject(parent) &&
      parent.kind === "cell" &&
      parent.kids?.has("done") === true &&
      parent.kids.get("done")?.value === undefined;
    const isOpen = canEndAlone || !isEndless;
    const done = spot.run.newChannel(0, undefined, spot.node, isOpen);
    // Who never cancels leaks; that is another matter than waiting for nobody.
    done.isEscaped = true;
    kidOf(cell, "done", undefined, spot.run.memory).value = done;
    const cancel: FuncValue = {
      kind: "func",
      name: "cancel",
      key: "context.cancel",
      code: undefined,
      pkg: undefined,
      captured: [],
      receiver: { value: done, type: undefined },
      type: undefined,
    };
    return [cell, cancel];
  };
}

const background: LibraryFunction = (spot) => {
  const cell = newCell({ type: undefined, origin: { kind: "heap", symbol: undefined, node: spot.node } });
  kidOf(cell, "done", undefined, spot.run.memory).value = undefined;
  return [cell];
};

const cancel: LibraryFunction = ({ thread }, _call, receiver) => {
  if (isObject(receiver) && receiver.kind === "channel") closeChannel(thread, receiver);
  return [];
};

const doneChannel: LibraryFunction = (spot, _call, receiver) => {
  if (isObject(receiver) && receiver.kind === "cell") {
    const kid = receiver.kids?.get("done");
    if (kid !== undefined) return [kid.value];
  }
  const key = isObject(receiver) && receiver.kind === "unknown" ? receiver.key : "context";
  const known = spot.run.doneChannels.get(key);
  const channel = known ?? spot.run.newChannel(0, undefined, spot.node, true);
  spot.run.doneChannels.set(key, channel);
  return [channel];
};

/** The function runs in a goroutine of its own when the context ends, which may be never: it is not run here. */
const afterContext: LibraryFunction = ({ run, thread }, _call, _receiver, args) => {
  for (const arg of args) escape(arg);
  release(thread, run.ioClock);
  run.hasLeft = true;
  return undefined;
};

const builtinCall: LibraryFunction = (spot, call: Call, _receiver, args) => {
  const name = isObject(call.fn) && call.fn.kind === "func" ? call.fn.name : "";
  return [runBuiltin(spot, name, args, call.spread, undefined)];
};

/** What goes out may be what another waits for; what comes in may come from another. */
export const throughSystem: LibraryFunction = (spot, call, _receiver, args) => {
  const name = isObject(call.fn) && call.fn.kind === "func" ? call.fn.name : "";
  if (spot.thread.pending !== "quiet") {
    elementsOf(spot, name, args);
    for (const arg of args) escape(arg);
    if (args.some((arg) => isObject(arg) && (arg.kind === "func" || arg.kind === "cell"))) spot.run.hasLeft = true;
    release(spot.thread, spot.run.ioClock);
  }
  if (!/^(?:Write|Close|Create|Remove|Mkdir|Set|Get(?:pid|env|wd))/.test(name) && !waitForQuiet(spot)) return "again";
  acquire(spot.thread, spot.run.ioClock);
  return undefined;
};

/** Handlers run at the same time as each other. In a test, requests are made by the test itself, one after another. */
const handle: LibraryFunction = (spot, _call, _receiver, args) => {
  const fn = args.at(-1);
  if (spot.frame.pkg.fileOf(spot.node).isTest || !isObject(fn) || fn.kind !== "func") return [];
  spot.run.late.push(() => {
    for (const main of spot.run.threads.slice(0, 1)) {
      const at = { ...spot, thread: main };
      for (let request = 0; request < 2; request++) {
        const handler = spawn(
          at,
          fn,
          [spot.run.memory.unknown(undefined), spot.run.memory.unknown(undefined)],
          false,
          "handler",
        );
        for (const other of spot.run.threads) if (other.isDone) acquire(handler, other.clock);
      }
    }
  });
  return [];
};

/** Of what is waited for without being known, everything that has ended is taken to be over. */
export const unknownWait: LibraryFunction = (spot, _call, receiver) => {
  if (!waitForQuiet(spot)) return "again";
  for (const other of spot.run.threads) if (other.isDone) acquire(spot.thread, other.clock);
  const cell = receiverCell(spot, receiver);
  if (cell?.sync?.kind === "plain") acquire(spot.thread, syncOf(cell, "plain").released);
  return undefined;
};

export const otherFunctions: Readonly<Record<string, LibraryFunction>> = {
  "runtime.Gosched": giveWay,
  "runtime.GC": collectGarbage,
  "runtime.Goexit": exitThread,
  "runtime.SetFinalizer": finalizer,
  "runtime.AddCleanup": finalizer,
  "os.Exit": exitProgram,
  "log.Fatal": exitProgram,
  "log.Fatalf": exitProgram,
  "log.Fatalln": exitProgram,
  "github.com/stretchr/testify/require.Fail": exitThread,
  "github.com/stretchr/testify/require.Failf": exitThread,
  "github.com/stretchr/testify/require.FailNow": exitThread,
  "testing.Fatal": exitThread,
  "testing.Fatalf": exitThread,
  "testing.FailNow": exitThread,
  "testing.Skip": exitThread,
  "testing.Skipf": exitThread,
  "testing.SkipNow": exitThread,
  // Runs after the test, when all that it waited for is over.
  "testing.Cleanup": () => [],
  "errors.New": newError,
  "fmt.Errorf": newError,
  "testing.Run": runSubtest,
  "testing.Parallel": parallel,
  "internal/synctest.Run": callNow,
  "internal/synctest.Wait": synctestWait,
  "testing/synctest.Test": callNow,
  "testing/synctest.Wait": synctestWait,
  "context.WithCancel": derived(false),
  "context.WithCancelCause": derived(false),
  "context.WithTimeout": derived(true),
  "context.WithTimeoutCause": derived(true),
  "context.WithValue": (_spot, _call, _receiver, [parent]) => [parent],
  "os/signal.NotifyContext": derived(true),
  "context.WithDeadline": derived(true),
  "context.Background": background,
  "context.TODO": background,
  "context.AfterFunc": afterContext,
  "context.cancel": cancel,
  "context.Context.Done": doneChannel,
  "net/http.HandleFunc": handle,
  "net/http.ServeMux.HandleFunc": handle,
  "builtin.close": builtinCall,
  "builtin.delete": builtinCall,
  "builtin.panic": builtinCall,
  "builtin.recover": builtinCall,
  "builtin.print": builtinCall,
  "builtin.println": builtinCall,
};
