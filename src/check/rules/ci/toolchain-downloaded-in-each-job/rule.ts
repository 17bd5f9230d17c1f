import { allJobs, goCommands, jobName } from "../../../ci/cache-relations.ts";
import type { CiModel, CiText, GoSetup, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";
import { type GoModule, isOlderGo } from "../../../go-module.ts";
import type { Fix } from "../../../finding.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/toolchain-downloaded-in-each-job",
    title: "an installed Go that is too old for go.mod, so that each job gets another one",
    category: "reproducibility",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      const module = moduleOf(model, job);
      const wanted = module?.toolchain ?? module?.goVersion;
      const given = installedOf(job);
      if (wanted === undefined || given === undefined || !isOlderGo(upperEnd(given.version), wanted)) continue;
      // Older ones know no toolchains: they try to compile, and mostly can.
      if (isOlderGo(given.version, "1.21")) continue;
      const isLocal = isLocalToolchain(job, given.setup);
      // Only the go line is a demand; an older toolchain may stay when downloads are off.
      if (isLocal && !isOlderGo(upperEnd(given.version), module?.goVersion ?? "")) continue;
      report(given.text.place, {
        message: isLocal
          ? `${jobName(job)} has Go ${given.version}, go.mod asks for ${wanted}, and GOTOOLCHAIN is local here: every go command fails`
          : `${jobName(job)} installs Go ${given.version}, go.mod asks for ${wanted}: every run downloads that toolchain as well`,
        why: "Since Go 1.21 the go and toolchain lines of go.mod are the least version that may build a module.",
        confidence: "high",
        ...fixOf(model, given.setup),
      });
    }
  },
};

interface Installed {
  readonly version: string;
  readonly text: CiText;
  readonly setup: GoSetup | undefined;
}

function installedOf(job: Job): Installed | undefined {
  const [setup] = job.setups;
  const version = /^(\d+\.\d+(?:\.(?:\d+|x))?)$/.exec(setup?.version?.text ?? "")?.[1];
  if (setup?.version !== undefined && version !== undefined) return { version, text: setup.version, setup };
  const tag = /(?:^|\/)golang:(\d+\.\d+(?:\.\d+)?)(?:-|$)/.exec(job.image?.text ?? "")?.[1];
  return job.image === undefined || tag === undefined || setup !== undefined
    ? undefined
    : { version: tag, text: job.image, setup: undefined };
}

/** `1.22` and `1.22.x` are the newest of their line. */
function upperEnd(version: string): string {
  return /^\d+\.\d+(?:\.x)?$/.test(version) ? `${version.replace(/\.x$/, "")}.9999` : version;
}

/** The module in whose folder the job's go commands run; only where there is no doubt. */
function moduleOf(model: CiModel, job: Job): GoModule | undefined {
  const commands = goCommands(job).filter(({ go }) => go.isCompiling && go.program === "go" && !go.flags.has("C"));
  if (commands.length === 0 || model.modules.size !== 1 || job.env.has("GOWORK")) return undefined;
  const [module] = model.modules.values();
  const folder = module?.folder === "" ? job.workspace : `${job.workspace}/${module?.folder ?? ""}`;
  return commands.every((command) => command.folder === folder) ? module : undefined;
}

/** setup-go sets it to local since v6, and so do the official images. */
function isLocalToolchain(job: Job, setup: GoSetup | undefined): boolean {
  const set = job.env.get("GOTOOLCHAIN")?.text;
  if (set !== undefined) return set === "local";
  return setup === undefined || (setup.major ?? 0) >= 6;
}

function fixOf(model: CiModel, setup: GoSetup | undefined): { readonly fix?: Fix } {
  const place = setup?.version?.place;
  if (place === undefined || setup?.versionFile !== undefined || !model.modules.has("")) return {};
  const source = model.textOf(place.path);
  const lineStart = source.lastIndexOf("\n", place.start) + 1;
  const at = source.lastIndexOf("go-version:", place.start);
  if (at < lineStart) return {};
  const edits = [{ path: place.path, start: at, end: place.end, text: "go-version-file: go.mod" }];
  return { fix: { title: "take the version from go.mod", safety: "safe", edits } };
}
