import { imageFacts } from "../../../image/base-image.ts";
import type { ImageFacts } from "../../../image/base-image.ts";
import { goSetting, rootStage } from "../../../image/go-places.ts";
import { fixOf, flagValue, goRuns, hasCompiler, isCgoOn } from "../../../image/go-runs.ts";
import type { GoRun } from "../../../image/go-runs.ts";
import type { CopyStep, Dockerfile, ImageModel, Stage } from "../../../image/model.ts";
import type { DockerRule } from "../../../image/rule.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/cgo-binary-without-libc",
    title: "a dynamically linked binary is put where its C library is not",
    category: "resilience",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const run of goRuns(model)) {
      const libc = imageFacts(rootStage(run.stage).image)?.libc;
      const copy = libc === undefined || !isDynamic(run) ? undefined : targetOf(run, libc);
      if (copy === undefined || !needsC(model, run.dockerfile)) continue;
      const { image } = rootStage(copy.stage);
      const isPureGo = !model.importsAny(run.dockerfile.context, ["C"]);
      const at = run.go.program.start;
      const edit = { start: at, end: at, text: "CGO_ENABLED=0 " };
      report(run.dockerfile.place(run.go.command), {
        message: `go ${run.go.verb} links against ${libc ?? ""} of ${rootStage(run.stage).image.text}, which ${image.text} does not have: the program will not start`,
        why: 'With cgo on, net and os/user bring in the C library, and the kernel then answers "no such file or directory".',
        confidence: "medium",
        related: [{ place: run.dockerfile.place(copy), message: `copied into ${image.text} here` }],
        ...(isPureGo ? { fix: fixOf(run.dockerfile, "build it without cgo", "unsafe", [edit]) } : {}),
      });
    }
  },
};

/** cgo is on, nothing asks for a static binary, and it is built for the machine that builds. */
function isDynamic({ step, go }: GoRun): boolean {
  const isBuild = (go.verb === "build" || go.verb === "install") && !step.isTrigger;
  if (!isBuild || isCgoOn(step, go) !== true || !hasCompiler(step)) return false;
  const ldflags = flagValue(step, go, "ldflags") ?? "";
  const tags = flagValue(step, go, "tags") ?? "";
  const isStatic =
    /-static\b|\$/.test(ldflags) || /netgo|static|\$/.test(tags) || flagValue(step, go, "buildmode") !== undefined;
  const isCross = ["GOOS", "GOARCH"].some((name) => {
    const setting = goSetting(step, go, name);
    return setting.state === "known" && !["linux", "amd64", "arm64"].includes(setting.value);
  });
  return !isStatic && !isCross && go.program.text !== "xx-go";
}

/** The copy from this stage into an image with another C library, or none. */
function targetOf({ stage, dockerfile }: GoRun, libc: ImageFacts["libc"]): CopyStep | undefined {
  const copies = dockerfile.stages.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.kind === "copy" ? [step] : [])),
  );
  return copies.find((copy) => {
    const facts = imageFacts(rootStage(copy.stage).image);
    const isOther = facts !== undefined && facts.libc !== libc && !(facts.libc === "musl" && bringsGlibc(copy.stage));
    return isOther && copy.stage !== stage && isFrom(copy, stage) && isRun(copy.stage);
  });
}

/** A stage from scratch that names no program only hands out files, for `--output`. */
function isRun(stage: Stage): boolean {
  const starts = stage.steps.some((step) => step.kind === "other" && /^(?:ENTRYPOINT|CMD)$/.test(step.keyword));
  const hasShell = imageFacts(rootStage(stage).image)?.libc === "musl";
  return starts || hasShell || (stage.parent !== undefined && isRun(stage.parent));
}

/** The copy names the stage, or one that goes on from it. */
function isFrom(copy: CopyStep, stage: Stage): boolean {
  const from = copy.from?.toLowerCase();
  return from !== undefined && (from === stage.name || from === String(stage.index));
}

/** `apk add gcompat` or libc6-compat: glibc's names on musl. Libraries that are copied in count as well. */
function bringsGlibc({ steps }: Stage): boolean {
  return steps.some(
    (step) =>
      (step.kind === "run" &&
        step.commands.some(({ words }) => words.some(({ text }) => /^(?:gcompat|libc6-compat)\b|glibc/.test(text)))) ||
      (step.kind === "copy" && step.sources.some(({ text }) => /\/lib(?:64)?\//.test(text))),
  );
}

/** Packages with which a binary is linked dynamically when cgo is on. */
function needsC(model: ImageModel, { context }: Dockerfile): boolean {
  return model.importsAny(context, [
    "net",
    "net/http",
    "net/rpc",
    "net/smtp",
    "os/user",
    "C",
    "google.golang.org/grpc",
  ]);
}
