import { concernsGo, isFinal } from "../../../image/go-runs.ts";
import type { Dockerfile, ImageBuild, Pair, PairStep } from "../../../image/model.ts";
import type { DockerRule, ImagePlace } from "../../../image/rule.ts";
import type { Report } from "../../../rule.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/secret-in-arg",
    title: "a secret is handed to a build as ARG or ENV",
    category: "secret",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      if (!concernsGo(dockerfile)) continue;
      for (const { steps } of dockerfile.stages) {
        for (const step of steps) if (step.kind === "arg" || step.kind === "env") checkStep(dockerfile, step, report);
      }
    }
    const paths = new Set(model.dockerfiles.filter(concernsGo).map(({ path }) => path));
    for (const build of model.builds) if (paths.has(build.dockerfile ?? "")) checkBuild(build, report);
  },
};

/** Names that end like a secret's, and not like a file's, an id's or a setting's about one. */
function isSecretName(name: string): boolean {
  const isSecret =
    /(?:^|_)(?:TOKEN|PASSWORD|PASSWD|SECRET|PAT|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|SSH_KEY|API_KEY|APIKEY|CREDENTIALS?|NETRC)$/i;
  return isSecret.test(name) && !/PUBLIC|_ID_|TOKEN_?(?:URL|TYPE)|^PAT$/i.test(name);
}

/** `https://user:password@host`, with a literal or a variable for the password. */
function hasCredentials(value: string): boolean {
  return /\b[a-z]+:\/\/[^\s/@:]*:[^\s/@]+@/i.test(value);
}

function checkStep(dockerfile: Dockerfile, step: PairStep, report: Report<ImagePlace>): void {
  const words = step.kind === "arg" ? "ARG" : "ENV";
  for (const pair of step.pairs) {
    const isNamed = isSecretName(pair.name) && (step.kind === "arg" || hasValue(pair));
    if (!isNamed && !hasCredentials(pair.value ?? "")) continue;
    const isShipped = isFinal(step.stage);
    const where = isShipped
      ? "in the image's configuration and history"
      : "in the history of a layer that caches and exports keep";
    report(dockerfile.place(pair), {
      message: `${words} ${pair.name} leaves its value ${where}`,
      why: "Whoever can pull the image or its cache can read it; a secret mount leaves nothing behind.",
      severity: isShipped ? "error" : "warning",
      confidence: isShipped ? "high" : "medium",
    });
  }
}

/** A placeholder is no secret. */
function hasValue({ value = "" }: Pair): boolean {
  return value !== "" && !/^(?:changeme|change-me|example|dummy|test|xxx+|none|null|false|true|\*+|<.*>)$/i.test(value);
}

function checkBuild(build: ImageBuild, report: Report<ImagePlace>): void {
  for (const pair of build.args) {
    if (!isSecretName(pair.name) && !hasCredentials(pair.value ?? "")) continue;
    if (pair.value === "") continue;
    report(build.place(pair), {
      message: `the build argument ${pair.name} of ${build.name} hands a secret to the build, where it stays in the history`,
      why: "Build arguments are recorded with the layers; a build secret is not.",
      confidence: "high",
    });
  }
}
