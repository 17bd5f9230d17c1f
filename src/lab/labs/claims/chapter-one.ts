/** Claims about the language and its runtime. */

import type { Claim, ClaimKit, Judgement } from "./claim.ts";

const racy = `package main

import "sync"

var counter int

func main() {
	var group sync.WaitGroup
	for i := 0; i < 2; i++ {
		group.Add(1)
		go func() { defer group.Done(); for j := 0; j < 1000; j++ { counter++ } }()
	}
	group.Wait()
}
`;

const guarded = racy
  .replace("var counter int", "var counter int\nvar mu sync.RWMutex")
  .replace("counter++ }", "mu.Lock(); counter++; mu.Unlock() }");

async function races(kit: ClaimKit, source: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { ok, stderr } = await kit.program(source, { flags: ["-race"], env: { GORACE: "atexit_sleep_ms=0", ...env } });
  if (stderr.includes("DATA RACE")) return "race";
  return ok ? "none" : "unusable";
}

const unusable: Judgement = { verdict: "unverified", evidence: "-race cannot be built here: it needs a C compiler" };

/** Runs a program that prints its findings; `expected` makes the claim true. */
async function printed(kit: ClaimKit, body: string, imports = '"fmt"'): Promise<string> {
  const { ok, stdout, stderr } = await kit.program(`package main\n\nimport (\n${imports}\n)\n\n${body}\n`);
  return ok ? stdout.trim() : `it failed: ${stderr.split("\n")[0] ?? ""}`;
}

export const chapterOne: readonly Claim[] = [
  {
    id: "1 counter",
    chapter: "1",
    claim: "`counter++` from several goroutines without a lock is a data race",
    judge: async (kit) => {
      const seen = await races(kit, racy);
      if (seen === "unusable") return unusable;
      return { verdict: seen === "race" ? "true" : "false", evidence: "the race detector reports it" };
    },
  },
  {
    id: "1 mutex",
    chapter: "1",
    claim: "A mutex around the field makes it safe",
    judge: async (kit) => {
      const seen = await races(kit, guarded);
      if (seen === "unusable") return unusable;
      return { verdict: seen === "none" ? "true" : "false", evidence: "the race detector is silent" };
    },
  },
  {
    id: "1 no crash",
    chapter: "1",
    claim: "Crossing such a line does not crash at once",
    judge: async (kit) => {
      const body = `func main() {
	m := map[int]int{}
	for i := 0; i < 4; i++ { go func() { for { m[1]++ } }() }
	time.Sleep(5 * time.Second)
	fmt.Println("no crash")
}`;
      const text = await printed(kit, body, '"fmt"\n"time"');
      const crashes = text.includes("concurrent map writes");
      return {
        verdict: crashes ? "depends" : "true",
        evidence: crashes
          ? "an unguarded counter goes on; unguarded writes to a map end the program with `fatal error: concurrent map writes`"
          : "unguarded writes to a map went on as well",
      };
    },
  },
  {
    id: "1 uintptr",
    chapter: "1",
    claim: "The collector does not follow a uintptr, so what it pointed to may be freed",
    judge: async (kit) => {
      const body = `var kept uintptr

func main() {
	freed := make(chan bool, 1)
	func() {
		p := new([1 << 20]byte)
		kept = uintptr(unsafe.Pointer(p))
		runtime.SetFinalizer(p, func(*[1 << 20]byte) { freed <- true })
	}()
	runtime.GC()
	select {
	case <-freed: fmt.Println("freed")
	case <-time.After(5 * time.Second): fmt.Println("kept")
	}
}`;
      const text = await printed(kit, body, '"fmt"\n"runtime"\n"time"\n"unsafe"');
      return {
        verdict: text === "freed" ? "true" : "false",
        evidence: `with only a uintptr left, one collection: ${text}`,
      };
    },
  },
  {
    id: "1 nil interface",
    chapter: "1",
    claim: "The zero value of interface{} is (nil, nil), and equal to nil",
    judge: async (kit) => {
      const text = await printed(kit, 'func main() { var x interface{}; fmt.Printf("%T %v %v", x, x, x == nil) }');
      return { verdict: text === "<nil> <nil> true" ? "true" : "false", evidence: `type, value, == nil: ${text}` };
    },
  },
  {
    id: "1 interface field",
    chapter: "1",
    claim: "The zero value of a struct's interface field is not equal to nil",
    judge: async (kit) => {
      const text = await printed(
        kit,
        'type T struct{}\n\nfunc main() { x := struct{ I interface{} }{}; var p *T; fmt.Print(x.I == nil, " ", interface{}(p) == nil) }',
      );
      return {
        verdict: text === "true false" ? "false" : "true",
        evidence: `the field == nil: ${text.split(" ")[0]}; what is not nil is an interface that holds a nil pointer: == nil is ${text.split(" ")[1]}`,
      };
    },
  },
  {
    id: "1 assertion",
    chapter: "1",
    claim: "A direct assertion panics where `v, ok :=` does not",
    judge: async (kit) => {
      const body = `func main() {
	var x interface{}
	_, ok := x.(int)
	defer func() { fmt.Print(ok, " ", recover() != nil) }()
	_ = x.(int)
}`;
      const text = await printed(kit, body);
      return {
        verdict: text === "false true" ? "true" : "false",
        evidence: `ok and a panic of the direct one: ${text}`,
      };
    },
  },
];
