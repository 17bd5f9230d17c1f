/** Claims about preemption and the scheduler. */

import type { Claim, ClaimKit } from "./claim.ts";

const spin = `package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	go func() { for { } }()
	time.Sleep(50 * time.Millisecond)
	fmt.Println("went on")
	os.Exit(0)
}
`;

/** A run that hangs is ended here; one that does not takes less than a tenth of a second. */
const hangMs = 8000;
const off = { GODEBUG: "asyncpreemptoff=1" };

async function spins(kit: ClaimKit, env: Readonly<Record<string, string>>): Promise<"goes on" | "hangs" | "fails"> {
  const result = await kit.program(spin, { env: { GOMAXPROCS: "1", ...env }, deadlineMs: hangMs });
  if (result.timedOut) return "hangs";
  return result.ok ? "goes on" : "fails";
}

/** A plain flag, or an atomic one, between two goroutines. */
function flagProgram(kind: "plain" | "atomic" | "channel"): string {
  const parts = {
    plain: {
      set: "flag = 1",
      wait: "for i := 0; i < 1000 && flag == 0; i++ { time.Sleep(time.Millisecond) }",
      decl: "var flag int64",
    },
    atomic: {
      set: "flag.Store(1)",
      wait: "for flag.Load() == 0 { time.Sleep(time.Millisecond) }",
      decl: "var flag atomic.Int64",
    },
    channel: {
      set: "value = 1; done <- true",
      wait: "<-done; _ = value",
      decl: "var value int\nvar done = make(chan bool)",
    },
  }[kind];
  return `package main

import (
	"sync/atomic"
	"time"
)

var _ atomic.Int64
${parts.decl}

func main() {
	go func() { ${parts.set} }()
	${parts.wait}
	time.Sleep(time.Millisecond)
}
`;
}

async function race(
  kit: ClaimKit,
  kind: "plain" | "atomic" | "channel",
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const options = { flags: ["-race"], env: { GORACE: "atexit_sleep_ms=0", ...env } };
  const { ok, stderr } = await kit.program(flagProgram(kind), options);
  if (stderr.includes("DATA RACE")) return "race";
  return ok ? "none" : "unusable";
}

const starved = `package main

import "runtime"

func main() {
	runtime.GOMAXPROCS(1)
	ch := make(chan struct{}, 1000)
	for i := 0; i < 10000; i++ {
		go func() {
			select {
			case ch <- struct{}{}:
			default:
				runtime.Gosched()
			}
		}()
	}
}
`;

const metricNames = `package main

import (
	"fmt"
	"runtime/metrics"
)

func main() {
	for _, d := range metrics.All() { fmt.Println(d.Name) }
}
`;

/** Each goroutine uses some of the processor and counts itself: a fifth of a second in sum, two seconds under the limit. */
const oneTurnEach = `package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

func main() {
	var ran atomic.Int64
	var all sync.WaitGroup
	for i := 0; i < 1000; i++ {
		all.Add(1)
		go func() {
			for n := 0; n < 500000; n++ {
			}
			ran.Add(1)
			all.Done()
		}()
	}
	all.Wait()
	fmt.Println(ran.Load())
}
`;

const noRace = { verdict: "unverified", evidence: "-race cannot be built here: it needs a C compiler" } as const;

export const chapterThree: readonly Claim[] = [
  {
    id: "3.1 preemption",
    chapter: "3.1",
    claim: "Since Go 1.14 a goroutine is interrupted without its doing",
    judge: async (kit) => {
      const [on, without] = [await spins(kit, {}), await spins(kit, off)];
      const isSo = on === "goes on" && without === "hangs";
      return {
        verdict: isSo ? "true" : "depends",
        evidence: `a loop without a call on one processor, another goroutine: ${on}; with asyncpreemptoff=1: ${without}`,
      };
    },
  },
  {
    id: "3.1 signal",
    chapter: "3.1",
    claim: "The signal is SIGURG",
    judge: (kit) => {
      const isSo = /const sigPreempt = _SIGURG\b/.test(kit.source("runtime/signal_unix.go"));
      return Promise.resolve({
        verdict: isSo ? "true" : "false",
        evidence: "`const sigPreempt = _SIGURG` in the runtime's source",
      });
    },
  },
  {
    id: "3.1 any instruction",
    chapter: "3.1",
    claim: "Preemption may happen at any instruction",
    judge: (kit) => {
      const text = kit.source("runtime/preempt.go");
      const has = text.includes("func isAsyncSafePoint(");
      return Promise.resolve({
        verdict: has ? "false" : "depends",
        evidence: has
          ? "the runtime asks isAsyncSafePoint first: not at unsafe points, in the runtime or in assembly"
          : "not found",
      });
    },
  },
  {
    id: "3.1 visibility",
    chapter: "3.1",
    claim: "Asynchronous preemption breaks the visibility of writes",
    judge: async (kit) => {
      const seen = [await race(kit, "plain", {}), await race(kit, "plain", off), await race(kit, "atomic", {})];
      if (seen.includes("unusable")) return noRace;
      const isData = seen.join(" ") === "race race none";
      return {
        verdict: isData ? "false" : "depends",
        evidence: `race detector on a plain flag: ${seen[0]}; with asyncpreemptoff=1: ${seen[1]}; on an atomic flag: ${seen[2]}: it is a data race, with or without preemption`,
      };
    },
  },
  {
    id: "3.1 channel",
    chapter: "3.1",
    claim: "A channel operation makes earlier writes visible",
    judge: async (kit) => {
      const seen = await race(kit, "channel", {});
      if (seen === "unusable") return noRace;
      return { verdict: seen === "none" ? "true" : "false", evidence: "the race detector is silent" };
    },
  },
  {
    id: "3.2 program",
    chapter: "3.2",
    claim: "The program with ten thousand goroutines on one processor starves",
    judge: async (kit) => {
      const { ok, timedOut } = await kit.program(starved, { deadlineMs: hangMs });
      return {
        verdict: ok ? "false" : "true",
        evidence: ok
          ? "main ends without waiting for any of them, and the program with it: exit 0"
          : `exit by deadline: ${timedOut}`,
      };
    },
  },
  {
    id: "3.2 quota",
    chapter: "3.2",
    claim: "A limit of 100m leaves goroutines runnable that get no processor",
    judge: async (kit) => {
      if ((await kit.limitTrouble()) !== undefined) {
        return { verdict: "unverified", evidence: "needs a CPU limit, which takes root and a writable cgroup" };
      }
      const cwd = kit.module({ "main.go": oneTurnEach });
      await kit.go(["build", "-o", "program", "."], { cwd });
      const { ok, stdout, wasThrottled } = await kit.limited([`${cwd}/program`], 0.1);
      const allRan = ok && stdout.trim() === "1000";
      return {
        verdict: allRan && wasThrottled ? "false" : "depends",
        evidence: `1000 goroutines at 0.1 CPU, the program throttled: ${wasThrottled}; each of them ran: ${allRan}; what a limit does is to make them late`,
      };
    },
  },
  {
    id: "3.2 metrics",
    chapter: "3.2",
    claim: "The metrics sched.goroutines and sched.latency show it",
    judge: async (kit) => {
      const names = (await kit.program(metricNames)).stdout.split("\n");
      const has = names.some((name) => name === "sched.goroutines" || name === "sched.latency");
      const near = ["/sched/goroutines:goroutines", "/sched/latencies:seconds"].filter((name) => names.includes(name));
      return { verdict: has ? "true" : "false", evidence: `there are no such names; there are ${near.join(" and ")}` };
    },
  },
  {
    id: "3.3 race turns off",
    chapter: "3.3",
    claim: "The race detector switches asynchronous preemption off while it works",
    judge: (kit) => {
      const writes = /asyncpreemptoff\s*(?:=[^=]|\+\+)/.test(kit.source("runtime/proc.go"));
      return Promise.resolve({
        verdict: writes ? "depends" : "false",
        evidence: writes
          ? "the scheduler writes the setting"
          : "the scheduler's source nowhere writes the setting; only GODEBUG does",
      });
    },
  },
  {
    id: "3.3 counter",
    chapter: "3.3",
    claim: "asyncpreemptoff is a global atomic counter",
    judge: (kit) => {
      const isField = /^\s*asyncpreemptoff\s+int32$/m.test(kit.source("runtime/runtime1.go"));
      return Promise.resolve({
        verdict: isField ? "false" : "depends",
        evidence: isField
          ? "it is an int32 field of the runtime's debug settings"
          : "not found as a field of the debug settings",
      });
    },
  },
];
