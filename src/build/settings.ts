import { defineSettings } from "../core/settings.ts";

/** The shape of a rule; which facts and settings there are is said by whoever reads it. */
const ruleSchema = {
  type: "object",
  additionalProperties: false,
  required: ["name", "set"],
  properties: {
    name: { description: "Tells the rule from others.", type: "string", pattern: "^[\\w.-]{1,80}$" },
    why: { description: "Shown to whoever is governed by it.", type: "string" },
    when: {
      description: "All of these facts must hold; of a list, one item. Without it, always.",
      type: ["object", "array"],
    },
    set: {
      description: "What it sets: cache, godebug, gomaxprocs, count, trimpath, buildvcs.",
      type: "object",
      minProperties: 1,
    },
    enforce: { description: "Whether it wins over flags and variables.", type: "boolean", default: false },
  },
} as const;

/** How go commands are governed. */
export const buildSettings = defineSettings({
  cache: {
    type: "choice",
    choices: ["shared", "read-only", "isolated", "off"],
    path: "build.cache",
    env: "BALLAST_CACHE",
    flag: "cache",
    doc: "Which cache a go command gets. `shared`: the usual one, and the server. `read-only`: the usual one is read; what is built goes to a private folder of the job and to no server. `isolated`: a private one, kept for the job. `off`: a fresh private one, removed after the command. Policy may set it; a flag or a variable wins over policy, and policy over ballast.yaml; `shared` when nothing says.",
  },
  record: {
    type: "boolean",
    default: false,
    path: "build.record",
    env: "BALLAST_RECORD",
    flag: "record",
    doc: "Write down what build, install, test and run needed and did, so that `ballast why` can compare it with another run.",
  },
  coverageBase: {
    type: "path",
    path: "build.coverageBase",
    env: "BALLAST_COVERAGE_BASE",
    flag: "coverage-base",
    doc: "The profile, with its record beside it, that `go test -coverprofile` is compared with; without it, the one that the command overwrites.",
  },
  policies: {
    type: "list",
    choices: ["race-preemption"],
    default: [],
    path: "build.policies",
    env: "BALLAST_POLICIES",
    flag: false,
    doc: "Policies of Ballast's own that are in force, behind `build.rules`; `ballast policy explain` says what each does and what was measured.",
  },
  rules: {
    type: "data",
    flag: false,
    path: "build.rules",
    schema: { type: "array", items: ruleSchema },
    doc: "The build policy: rules over go commands. See docs/guides/governed-build.md.",
  },
});

export type CacheMode = (typeof buildSettings)["cache"]["choices"][number];
