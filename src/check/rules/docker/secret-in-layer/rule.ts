import { concernsGo, isFinal } from "../../../image/go-runs.ts";
import type { CopyStep, Dockerfile, RunStep } from "../../../image/model.ts";
import { covers } from "../../../image/run-mount.ts";
import type { DockerRule, ImagePlace } from "../../../image/rule.ts";
import type { Report } from "../../../rule.ts";
import type { ShellCommand } from "../../../shell/shell-command.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/secret-in-layer",
    title: "credentials are written into a layer",
    category: "secret",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles.filter(concernsGo)) {
      for (const { steps } of dockerfile.stages) {
        for (const step of steps) {
          if (step.kind === "copy") checkCopy(dockerfile, step, report);
          if (step.kind === "run") checkRun(dockerfile, step, report);
        }
      }
    }
  },
};

const why = "A layer keeps every file that was in it, also when a later step deletes the file.";
const secretFile = /(?:^|\/)(?:\.netrc|_netrc|\.git-credentials|id_rsa|id_ecdsa|id_ed25519|\.ssh)\/?$/;

function checkCopy(dockerfile: Dockerfile, step: CopyStep, report: Report<ImagePlace>): void {
  if (step.from !== undefined) return;
  const source = step.sources.find(({ text }) => secretFile.test(text));
  if (source === undefined) return;
  report(dockerfile.place(source), {
    message: `${step.keyword} ${source.text} puts credentials into a layer`,
    why,
    ...rank(step),
  });
}

function rank({ stage }: CopyStep | RunStep): { severity: "error" | "warning"; confidence: "high" | "medium" } {
  return isFinal(stage) ? { severity: "error", confidence: "high" } : { severity: "warning", confidence: "medium" };
}

function checkRun(dockerfile: Dockerfile, step: RunStep, report: Report<ImagePlace>): void {
  for (const command of step.commands) {
    const file = writtenFile(step, command);
    if (file === undefined || isGone(step, command, file)) continue;
    report(dockerfile.place(command), {
      message: `this RUN leaves credentials in ${file}, and ${file} in a layer`,
      why,
      ...rank(step),
    });
  }
}

/** The file into which the command writes credentials. */
function writtenFile(step: RunStep, command: ShellCommand): string | undefined {
  const texts = command.words.map(({ text }) => text);
  const target = command.redirections.find(({ operator }) => operator.startsWith(">"))?.target ?? "";
  const content = [...texts, ...command.redirections.map((one) => one.target)].join(" ");
  const isNetrc = secretFile.test(target) && !target.endsWith(".ssh");
  const hasContent = /\b(?:password|login)\b|\$|https?:|PRIVATE KEY/.test(content);
  if (isNetrc && hasContent && !isMounted(step, target)) return target;
  const isRemoval = texts.some((text) => /^--(?:unset|remove-section)/.test(text));
  if (texts[0] !== "git" || texts[1] !== "config" || isRemoval) return undefined;
  const isGlobal = texts.includes("--global") || texts.includes("--system");
  const address = texts.find((text) => /^url\.\S*:\/\/[^/\s]*@|:\/\/[^/\s]*(?:\$|:)[^/\s]*@/.test(text));
  const hasSecret = address !== undefined && !/:\/\/(?:git|oauth2|x-access-token)?@/.test(address);
  if (!isGlobal || !hasSecret) return undefined;
  return texts.includes("--system") ? "/etc/gitconfig" : "~/.gitconfig";
}

/** A later command of the same RUN removes the file, so that the layer never has it. */
function isGone(step: RunStep, command: ShellCommand, file: string): boolean {
  const name = file.replace(/^.*\//, "");
  return step.commands.some(({ start, words }) => {
    const texts = words.map(({ text }) => text);
    const isRemoval = texts[0] === "rm" && texts.some((text) => text.endsWith(name));
    const isUnset = texts[0] === "git" && texts.some((text) => text === "--unset" || text === "--remove-section");
    return start > command.start && (isRemoval || (isUnset && name.endsWith("gitconfig")));
  });
}

function isMounted(step: RunStep, target: string): boolean {
  const path = target.replace(/^(?:~|\$HOME|\$\{HOME\})/, "/root");
  return step.mounts.some((mount) => mount.type !== "bind" && covers(mount, path));
}
