import { defineSettings } from "../core/settings.ts";
import { confidences, severities } from "../report/finding.ts";
import { areas } from "./rule.ts";

/** What a repository says of its checks. The flags of `ballast check` are made from these. */
export const checkSettings = defineSettings({
  only: {
    type: "list",
    choices: areas,
    env: "BALLAST_CHECK_ONLY",
    path: "check.only",
    doc: "The areas to check; all when not set.",
  },
  severity: {
    type: "choice",
    choices: severities,
    default: "info",
    env: "BALLAST_CHECK_SEVERITY",
    path: "check.severity",
    doc: "The threshold: what is less severe is not reported and does not count.",
  },
  confidence: {
    type: "choice",
    choices: confidences,
    default: "medium",
    env: "BALLAST_CHECK_CONFIDENCE",
    path: "check.confidence",
    doc: "What is less certain than this is not reported and does not count.",
  },
  enable: {
    type: "list",
    env: "BALLAST_CHECK_ENABLE",
    path: "check.enable",
    doc: "Rules that are off by default and are to run, by id or pattern (`go/*`).",
  },
  disable: {
    type: "list",
    env: "BALLAST_CHECK_DISABLE",
    path: "check.disable",
    doc: "Rules that are not to run, by id or pattern.",
  },
  exclude: {
    type: "list",
    env: "BALLAST_CHECK_EXCLUDE",
    path: "check.exclude",
    doc: "Files that are not checked, as globs of paths below the checked folder (`third_party/**`).",
  },
  baseline: {
    type: "path",
    env: "BALLAST_CHECK_BASELINE",
    path: "check.baseline",
    doc: "A file of findings that are known and not reported; `--update-baseline` writes it.",
  },
  partial: {
    type: "choice",
    choices: ["warn", "fail"],
    default: "warn",
    env: "BALLAST_CHECK_PARTIAL",
    path: "check.partial",
    doc: "Whether a file that could only be checked in part makes the check fail.",
  },
  tags: {
    type: "list",
    env: "BALLAST_CHECK_TAGS",
    path: "check.tags",
    doc: "Build tags under which Go files are chosen.",
  },
  matrix: {
    type: "list",
    env: "BALLAST_CHECK_MATRIX",
    path: "check.matrix",
    doc: "Builds whose findings are merged, each as GOOS/GOARCH or GOOS/GOARCH:TAG+TAG.",
  },
  depth: {
    type: "choice",
    choices: ["types", "syntax"],
    default: "types",
    env: "BALLAST_CHECK_DEPTH",
    path: "check.depth",
    doc: "Whether Go's own type checker is asked, where a Go is installed, or the source alone.",
  },
  cgo: {
    type: "boolean",
    default: false,
    env: "BALLAST_CHECK_CGO",
    path: "check.cgo",
    doc: "Whether files that import C are checked with types. That starts the C compiler with what the repository asks of it.",
  },
  rulesUrl: {
    type: "url",
    flag: false,
    env: "BALLAST_CHECK_RULES_URL",
    path: "check.rulesUrl",
    default: "https://ballast.example/rules/",
    doc: "Where the pages of the rules are published; SARIF links to them. `ballast explain` prints the same.",
  },
});
