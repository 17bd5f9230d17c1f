import type { DoctorCheck } from "../check.ts";

/** GOCACHEPROG is for everybody since 1.24; 1.21 to 1.23 have another protocol, behind GOEXPERIMENT=cacheprog. */
const oldestMinor = 24;

export const check: DoctorCheck = {
  id: "go-version",
  title: "Go is there and new enough",
  run: async (context) => {
    const go = await context.go();
    if (go.state === "missing") {
      return {
        status: "problem",
        found: "no go command in PATH",
        why: "Ballast starts the team's own Go, and brings none.",
        todo: "Install Go 1.24 or newer from https://go.dev/dl, or add its bin folder to PATH.",
      };
    }
    if (go.state === "failing") {
      return {
        status: "problem",
        found: `${go.path} fails: ${go.said}`,
        why: "`go version` and `go env` do not work here, so no go command will.",
        todo: "Run `go version` here by hand and mend what it says; often it is GOFLAGS, GOTOOLCHAIN or go.mod.",
      };
    }
    return judgeVersion(go.values["GOVERSION"] ?? "", go.path);
  },
};

function judgeVersion(version: string, path: string): Awaited<ReturnType<DoctorCheck["run"]>> {
  const found = `${version || "a go without a version"} at ${path}`;
  const match = /go(\d+)\.(\d+)/.exec(version);
  // A development build carries no number, and is newer than any release.
  if (match === null || Number(match[1]) > 1 || Number(match[2]) >= oldestMinor) return { status: "ok", found };
  const isExperiment = Number(match[2]) >= 21;
  return {
    status: "problem",
    found,
    why: isExperiment
      ? "Before 1.24, GOCACHEPROG was an experiment with another protocol; a go command of this version passes Ballast over."
      : "Ballast is Go's GOCACHEPROG, which a go command of this version does not know.",
    todo: "Install Go 1.24 or newer, or set GOTOOLCHAIN to a newer one. The `go` line in go.mod need not change.",
  };
}
