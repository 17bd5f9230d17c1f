/** False shares that come from what did not run, or ran long ago. */

import { mkdirSync } from "node:fs";
import { judged, type Scenario, type ScenarioValue } from "./scenario.ts";
import { moduleSources, programSources, testSource, truePercent } from "./sources.ts";

const sourcesMoved: Scenario = {
  name: "sources-moved",
  doc: "a package changes that a test covers by -coverpkg but does not import; its cached profile is of the old source",
  async run(kit) {
    // A package that no other run of this experiment has cached a result for.
    const own = `// ${crypto.randomUUID()}\n`;
    const sources = { ...moduleSources, "a/a_test.go": own + testSource("a", "Sign(3) != 1") };
    kit.write(sources);
    await kit.mustGo(["test", "-coverpkg=./...", "-coverprofile=c.out", "./..."]);
    kit.write({
      "b/b.go":
        "package b\n\n// One is one.\nfunc One() int {\n\treturn 1\n}\n\nfunc Two() int {\n\tx := 2\n\treturn x\n}\n",
    });
    const { stdout } = await kit.mustGo(["test", "-coverpkg=./...", "-coverprofile=c.out", "./..."]);
    await kit.mustGo(["test", "-count=1", "-coverpkg=./...", "-coverprofile=true.out", "./..."]);
    const isCached = /^ok\s+example\.org\/cov\/a\s+\(cached\)/m.test(stdout);
    const note = isCached ? "the other package's result came from the cache" : "the other package's tests ran again";
    return judged(await kit.percent("c.out"), await kit.percent("true.out"), note);
  },
};

const packageFailed: Scenario = {
  name: "packages-failed",
  doc: "a test ends its process, so that its package is not in the profile",
  async run(kit) {
    kit.write({
      ...moduleSources,
      "c/c_test.go": testSource("c", "panics()") + '\nfunc panics() bool { panic("no") }\n',
    });
    const { exitCode } = await kit.go(["test", "-coverprofile=c.out", "./..."]);
    return judged(
      await kit.percent("c.out"),
      truePercent,
      `go ends with status ${exitCode ?? "none"}, and writes the profile`,
    );
  },
};

const packagesNotRun: Scenario = {
  name: "packages-not-run",
  doc: "fewer packages are named",
  async run(kit) {
    kit.write(moduleSources);
    await kit.mustGo(["test", "-coverprofile=c.out", "./a", "./b"]);
    return judged(await kit.percent("c.out"), truePercent, "./a ./b against ./...");
  },
};

const olderBinary: Scenario = {
  name: "older-binary",
  doc: "GOCOVERDIR still holds what a binary counted that was built from older sources",
  async run(kit) {
    kit.write(programSources);
    const cover = async (...folders: string[]): Promise<void> => {
      await kit.mustGo(["build", "-cover", "-o", "program", "."]);
      for (const folder of folders) {
        mkdirSync(kit.path(folder), { recursive: true });
        await kit.mustRun([kit.path("program")], { GOCOVERDIR: kit.path(folder) });
      }
    };
    await cover("data");
    kit.write({
      "lib/lib.go":
        "package lib\n\nfunc F(n int) int {\n\tx := n\n\tx++\n\tif n > 1 {\n\t\treturn x\n\t}\n\treturn 2\n}\n",
    });
    await cover("data", "new");
    for (const folder of ["data", "new"]) {
      await kit.mustGo(["tool", "covdata", "textfmt", `-i=${folder}`, `-o=${folder}.out`]);
    }
    return judged(
      await kit.percent("data.out"),
      await kit.percent("new.out"),
      "go tool covdata puts both binaries together",
    );
  },
};

const tempFolder: Scenario = {
  name: "temp-folder",
  doc: "GOTMPDIR is a folder that cannot be written",
  async run(kit) {
    kit.write(moduleSources);
    const { exitCode } = await kit.go(["test", "-count=1", "-coverprofile=c.out", "./..."], {
      GOTMPDIR: kit.path("absent"),
    });
    const shown = await kit.percent("c.out");
    const value: ScenarioValue = judged(exitCode === 0 ? shown : undefined, truePercent, "");
    const left = shown === undefined ? "no profile that can be read" : `a profile of ${shown}%`;
    return { ...value, note: `go ends with status ${exitCode ?? "none"}, and leaves ${left}` };
  },
};

export const runScenarios: readonly Scenario[] = [sourcesMoved, packageFailed, packagesNotRun, olderBinary, tempFolder];
