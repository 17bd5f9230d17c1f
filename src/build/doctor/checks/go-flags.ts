import { splitQuotedWords } from "../../../go/quoted-words.ts";
import type { DoctorCheck } from "../check.ts";

/** Flags of GOFLAGS that keep the cache from being used; `cmd/go/internal/test/test.go` names those of tests. */
const costly: Readonly<Record<string, string>> = {
  a: "compiles every package anew, whatever the cache holds",
  bench: "runs every test anew: benchmarks are not cached",
  blockprofile: "runs every test anew: profiles are not cached",
  count: "runs every test anew",
  cpuprofile: "runs every test anew: profiles are not cached",
  memprofile: "runs every test anew: profiles are not cached",
  mutexprofile: "runs every test anew: profiles are not cached",
  shuffle: "runs every test anew",
  trace: "runs every test anew: traces are not cached",
};

export const check: DoctorCheck = {
  id: "go-flags",
  title: "GOFLAGS leave the cache in use",
  run: async (context) => {
    const go = await context.go();
    const text = (go.state === "found" ? go.values["GOFLAGS"] : undefined) ?? context.env["GOFLAGS"] ?? "";
    const words = splitQuotedWords(text) ?? [];
    const shown = words.map(withoutTexts).join(" ");
    const details = words.flatMap((word) => {
      const effect = costly[/^--?(?:test\.)?([a-z]+)(?:=|$)/.exec(word)?.[1] ?? ""];
      return effect === undefined || /=(?:false|0?)$/.test(word) ? [] : [`${word} ${effect}`];
    });
    if (details.length === 0) return { status: "ok", found: shown === "" ? "GOFLAGS is empty" : `GOFLAGS=${shown}` };
    return {
      status: "warning",
      found: `GOFLAGS=${shown}`,
      why: "GOFLAGS is added to every go command, so these flags are always on.",
      todo: "Take them out of GOFLAGS (`go env -changed` says whether a file sets it) and give them where they are meant.",
      details,
    };
  },
};

/** `-ldflags=-X=main.key=…` may carry what is nobody's business. */
function withoutTexts(word: string): string {
  return word.replace(/^(--?(?:ld|gc|asm|gccgo)flags=).*$/s, "$1…");
}
