/** The kit over the lab's bench. */

import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createQuotaGroup, quotaTrouble } from "../../../core/cgroup/quota-group.ts";
import type { Bench } from "../../bench.ts";
import { hasBuildKit } from "../../buildkit.ts";
import type { CleanGo } from "../../clean-environment.ts";
import type { ClaimKit, GoOptions, ToolResult } from "./claim.ts";

const deadlineMs = 300_000;
/** Go does not index files that are younger than two seconds. */
const ageSeconds = 3600;

/** Makes a kit whose folders lie below `root`. */
export function createKit(bench: Bench, clean: CleanGo, root: string): ClaimKit {
  let count = 0;
  const folder = (): string => {
    const path = join(root, String(count++));
    mkdirSync(path, { recursive: true });
    return path;
  };
  const base = { ...clean.env, GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local" };
  const run = async (argv: readonly string[], { env, cwd, deadlineMs: limit }: GoOptions = {}): Promise<ToolResult> => {
    const result = await bench.run(argv, {
      cwd: cwd ?? root,
      env: { ...base, ...env },
      deadlineMs: limit ?? deadlineMs,
    });
    const { stdout, stderr, timedOut } = result;
    return { ok: result.exitCode === 0, stdout, stderr, timedOut };
  };
  const go: ClaimKit["go"] = (args, options) => run(["go", ...args], options);
  const module: ClaimKit["module"] = (files) => {
    const path = folder();
    for (const [name, text] of Object.entries({ "go.mod": "module example.org/claim\n\ngo 1.21\n", ...files })) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
      const time = Math.floor(Date.now() / 1000) - ageSeconds;
      utimesSync(join(path, name), time, time);
    }
    return path;
  };
  return {
    module,
    folder,
    go,
    program: async (source, options = {}) => {
      const cwd = module({ "main.go": source });
      const built = await go(["build", ...(options.flags ?? []), "-o", "program", "."], { cwd });
      if (!built.ok) return built;
      return run([join(cwd, "program")], { ...options, cwd });
    },
    source: (path) => readFileSync(join(clean.goEnv["GOROOT"] ?? "", "src", path), "utf8"),
    limitTrouble: quotaTrouble,
    limited: async (argv, quotaCpus) => {
      const group = createQuotaGroup(`ballast-claim-${process.pid}`, quotaCpus);
      try {
        const result = await run(group.wrap(argv));
        return { ...result, wasThrottled: (group.stat()?.throttledPeriods ?? 0) > 0 };
      } finally {
        await group.remove();
      }
    },
    hasBuildKit: () => hasBuildKit(bench),
    buildctl: (words) => run(["buildctl", ...words], { env: { BUILDKIT_HOST: bench.userEnv["BUILDKIT_HOST"] } }),
    digest: (path) => new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex"),
    gocache: clean.gocache,
    home: clean.env["HOME"] ?? "/",
  };
}

/** The packages that a `go build -x` compiled. */
export function compiledPackages({ stderr }: ToolResult): string[] {
  return [...stderr.matchAll(/\/compile(?:\.exe)? -o .* -p (\S+) /g)].map(([, path]) => path ?? "");
}
