import type { BenchResult } from "../measure/result.ts";
import type { Bench } from "../setup/bench.ts";
export function benchServer(_bench: Bench): Promise<BenchResult> {
  throw new Error("not yet");
}
