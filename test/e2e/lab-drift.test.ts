/** `ballast lab drift` with a real Go: the known 64 builds, planted faults, chance that a cache hides, an interruption. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../src/stats/random.ts";
import { ballast } from "./go-fixture.ts";
import {
  cgoModule,
  createDriftBench,
  drawTrial,
  type DriftBench,
  faults,
  plainModule,
  runTrial,
} from "./drift-runs.ts";

let bench: DriftBench;
beforeAll(() => {
  bench = createDriftBench();
});
afterAll(() => bench[Symbol.dispose]());

const six = ["workdir", "trimpath", "buildvcs", "commit", "asyncpreemptoff", "tz"];

describe("all combinations of six factors on a net/http program", () => {
  test(
    "64 builds, 9 classes, and the influences that were measured by hand",
    async () => {
      const web =
        'package main\n\nimport (\n\t"fmt"\n\t"net/http"\n)\n\nfunc main() {\n' +
        '\thttp.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello") })\n' +
        '\tfmt.Println(http.ListenAndServe("127.0.0.1:0", nil))\n}\n';
      const module = bench.module("web", { "go.mod": "module example.org/web\n\ngo 1.24\n", "main.go": web });
      const factors = six.map((name) => `--factor=${name}`);
      const html = join(bench.folder, "web.html");
      const { analysis, isFinding } = await bench.drift(
        module,
        "--no-screen",
        "--noise",
        "0",
        "--html",
        html,
        ...factors,
      );
      expect([analysis.cells, analysis.classes, isFinding]).toEqual([64, 9, false]);
      expect(analysis.influences.map(({ factor, changed, edges }) => `${factor} ${changed}/${edges}`)).toEqual([
        "workdir 16/32",
        "trimpath 32/32",
        "buildvcs 32/32",
        "commit 16/32",
        "asyncpreemptoff 0/32",
        "tz 0/32",
      ]);
      const given = (factor: string, other: string): string[] =>
        (analysis.influences.find((one) => one.factor === factor)?.conditional ?? [])
          .filter((one) => one.given === other)
          .map(({ level, changed, edges }) => `${level} ${changed}/${edges}`);
      expect(given("workdir", "trimpath")).toEqual(["off 16/16", "on 0/16"]);
      expect(given("commit", "buildvcs")).toEqual(["on 16/16", "off 0/16"]);
      expect(given("workdir", "buildvcs")).toEqual(["on 8/16", "off 8/16"]);
      expect(analysis.influences[4]?.interval).toMatchObject({ low: 0, high: expect.closeTo(0.1089, 4) as number });
      expect(analysis.deciding).toEqual(["workdir", "trimpath", "buildvcs", "commit"]);

      const where = new Map(analysis.where.map((location) => [location.factor, location]));
      expect(where.get("workdir")).toMatchObject({
        kind: "debug",
        inputs: { changedCount: 1, changes: [{ from: "dir a/web", to: "dir another/place/web" }] },
      });
      expect(where.get("commit")).toMatchObject({ kind: "module-info", programs: { isCascade: false } });
      expect(where.get("commit")?.programs.settings.map(({ key }) => key)).toEqual(["mod", "vcs.revision", "vcs.time"]);
      expect(where.get("buildvcs")).toMatchObject({ kind: "module-info", programs: { isCascade: true } });
      expect(where.get("trimpath")?.inputs.changes.map(({ to }) => to)).toContain("trimpath");
      expect(readFileSync(html, "utf8")).toContain("Influence of each factor");
      expect(readdirSync(bench.temporary)).toEqual([]);
    },
    8 * 60_000,
  );
});

describe("planted faults", () => {
  test(
    "are named rightly ten times of ten",
    async () => {
      const random = createRandom(20_261_123, "planted");
      for (let number = 0; number < 10; number++) {
        const [seen, planted] = await runTrial(bench, drawTrial(random, faults, true), `planted-${number}`);
        expect(seen).toEqual(planted);
      }
    },
    8 * 60_000,
  );

  test("where nothing was planted, nothing is named", async () => {
    const trial = drawTrial(createRandom(7, "silent"), faults, false, 4);
    const [seen, planted] = await runTrial(bench, trial, "silent");
    expect(seen).toEqual(planted);
  }, 120_000);
});

test(
  "chance that a shared cache hides is seen by the noise floor, and the exit status says so",
  async () => {
    const source =
      cgoModule["extra.go"]?.replace("// #ifndef", "// #cgo CFLAGS: -grecord-gcc-switches\n// #ifndef") ?? "";
    const module = bench.module("chance", { ...cgoModule, "extra.go": source });
    const flags = [
      "--no-screen",
      "--noise",
      "2",
      "--factor=tz",
      "--build-flag=-trimpath",
      "--build-flag=-buildvcs=false",
    ];
    const { analysis, verdict, isFinding } = await bench.drift(module, ...flags);
    expect(isFinding).toBe(true);
    expect(verdict).toStartWith("Equal builds come out differently (2 binaries of 2 builds");
    expect(analysis.noise[0]).toMatchObject({ factor: "", builds: 2, classes: 2, different: 1 });
    expect(analysis).toMatchObject({ sharedClasses: 1, cacheHidesChance: true, deciding: [] });
  },
  5 * 60_000,
);

describe("an interruption", () => {
  test("leaves what was run, no process and no folder; the rest is run by --resume", async () => {
    const module = bench.module("stopped", plainModule);
    const raw = join(bench.folder, "stopped-raw");
    const factors = ["--factor=workdir", "--factor=tz", "--factor=-gcflags=,-N", "--factor=HOSTNAME=a,b"];
    const argv = [
      ...ballast,
      "lab",
      "drift",
      "--no-screen",
      "--noise=0",
      "--no-where",
      "--json",
      "--dir",
      raw,
      ...factors,
    ];
    const child = Bun.spawn(argv, { cwd: module, env: bench.env, stdout: "pipe", stderr: "pipe" });
    const runs = join(raw, "runs.jsonl");
    const count = (): number => (existsSync(runs) ? readFileSync(runs, "utf8").split("\n").length - 1 : 0);
    while (count() < 3 && child.exitCode === null) await Bun.sleep(10);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    expect(await new Response(child.stderr).text()).toContain(`ballast lab drift --resume ${raw}`);
    expect(readdirSync(bench.temporary)).toEqual([]);
    const kept = count();
    expect(kept).toBeLessThan(16);
    const mixed = await bench.run(module, "--resume", raw, "--factor=tz");
    expect(mixed.exitCode).toBe(2);
    expect(mixed.stderr).toContain("lab/resume-with-flags");
    const resumed = await bench.run(module, "--resume", raw, "--json");
    expect(resumed.exitCode).toBe(0);
    expect(count()).toBe(16);
    const { analysis } = JSON.parse(resumed.stdout) as { analysis: { deciding: string[]; cells: number } };
    expect(analysis).toMatchObject({ deciding: ["workdir", "-gcflags"], cells: 16 });
    const text = await bench.run(module, "--resume", raw);
    expect(text.stdout).toContain("The binary is decided by workdir, -gcflags: 16 combinations gave 4 binaries.");
  }, 120_000);
});

describe("what cannot be", () => {
  const refused = async (files: Readonly<Record<string, string>>, ...args: string[]): Promise<string> => {
    const module = bench.module(`refused-${Bun.hash(JSON.stringify([files, args]))}`, files);
    const result = await bench.run(module, "--json", ...args);
    expect(result.stdout).toBe("");
    expect(readdirSync(bench.temporary)).toEqual([]);
    return `${result.exitCode} ${(JSON.parse(result.stderr.trim().split("\n").at(-1) ?? "{}") as { error?: { code: string }; code?: string }).error?.code ?? result.stderr}`;
  };

  test("is refused with a code, and leaves nothing behind", async () => {
    const broken = { ...plainModule, "extra.go": "package main\n\nfunc extra() int { return x }\n" };
    expect(await refused(broken, "--factor=tz")).toContain("lab/module-does-not-build");
    expect(await refused({ "go.mod": "module x\n", "x.go": "package x\n" })).toContain("lab/no-main-package");
    expect(await refused(plainModule, "--factor=trimpaht")).toContain("lab/factor-unknown");
    expect(await refused(plainModule, "--factor=tz=UTC")).toContain("lab/factor-unknown");
    expect(await refused(plainModule, "--factor=tz", "--factor=tz")).toContain("lab/factor-unknown");
    expect(await refused(plainModule, "--factor=tz", "--budget=1ms")).toContain("lab/budget-too-small");
    expect(await refused(plainModule, "--resume=/nowhere")).toContain("lab/state-unreadable");
  }, 120_000);
});
