import { goCacheSetting, goModCacheSetting } from "../../../image/go-places.ts";
import { fixOf, flagOf, goSteps } from "../../../image/go-runs.ts";
import type { Dockerfile, Mount, RunStep } from "../../../image/model.ts";
import { covers } from "../../../image/run-mount.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { Fix } from "../../../finding.ts";
import type { GoInvocation } from "../../../shell/go-invocation.ts";
import type { ShellCommand } from "../../../shell/shell-command.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/clean-cache-in-mount",
    title: "a step empties the cache that it has mounted",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      for (const step of goSteps(dockerfile)) {
        for (const { command, mount, words } of cleanings(step)) {
          const fix = removal(dockerfile, command);
          report(dockerfile.place(command), {
            message: `${words} empties the cache mount at ${mount.target ?? "?"}, for this build and for all others`,
            why: "A cache mount is in no layer, so emptying it makes no image smaller and every build slower.",
            ...(fix === undefined ? {} : { fix }),
          });
        }
      }
    }
  },
};

interface Cleaning {
  readonly command: ShellCommand;
  readonly mount: Mount;
  readonly words: string;
}

function cleanings(step: RunStep): Cleaning[] {
  const mounts = step.mounts.filter(({ type }) => type === "cache");
  const byGo = step.gos.flatMap((go) =>
    cleanedPaths(step, go).flatMap(({ path, words }): Cleaning[] => {
      const mount = mounts.find((one) => covers(one, path));
      return mount === undefined ? [] : [{ command: go.command, mount, words }];
    }),
  );
  const byRemoval = step.commands.flatMap((command): Cleaning[] => {
    const [name, ...args] = command.words.map(({ text }) => text);
    const isRecursive = name === "rm" && args.some((text) => /^-\w*[rR]/.test(text));
    const mount = mounts.find(
      ({ target }) => target !== undefined && isRecursive && args.some((text) => isAbove(text, target)),
    );
    return mount === undefined ? [] : [{ command, mount, words: `rm of ${mount.target ?? ""}` }];
  });
  return [...byGo, ...byRemoval];
}

/** What go clean removes. */
function cleanedPaths(step: RunStep, go: GoInvocation): { path: string; words: string }[] {
  if (go.verb !== "clean") return [];
  const choices = [
    { flag: "cache", setting: goCacheSetting(step, go) },
    { flag: "modcache", setting: goModCacheSetting(step, go) },
  ];
  return choices.flatMap(({ flag, setting }) =>
    flagOf(go, flag) !== undefined && setting.state === "known"
      ? [{ path: setting.value, words: `go clean -${flag}` }]
      : [],
  );
}

/** Whether removing `path` removes what is below `target`: itself, its content, or a folder above it. */
function isAbove(path: string, target: string): boolean {
  const clean = path.replace(/\/\*$/, "").replace(/\/$/, "");
  return clean.startsWith("/") && (clean === target || target.startsWith(`${clean}/`));
}

/** Blanks, continued lines, and the comment lines that Docker drops between them. */
const gap = String.raw`(?:[ \t]|\\\r?\n(?:[ \t]*#[^\n]*\n)*)*`;
const operatorAtEnd = new RegExp(`${gap}(?:&&|;)${gap}$`);
const operatorAtStart = new RegExp(`^${gap}(?:&&|;)${gap}`);
/** How far an operator is looked for on either side. */
const reach = 1_000;

/** Takes the command out of its chain, with the operator that ties it there. */
function removal(dockerfile: Dockerfile, command: ShellCommand): Fix | undefined {
  const { text } = dockerfile.source;
  if (command.depth > 0 || command.redirections.length > 0) return undefined;
  const from = Math.max(0, command.start - reach);
  const before = operatorAtEnd.exec(text.slice(from, command.start));
  const after = operatorAtStart.exec(text.slice(command.end, command.end + reach));
  const isLast = command.after === "" || command.after === "\n";
  const title = "do not empty the cache";
  if (before !== null && (isLast || after !== null)) {
    return fixOf(dockerfile, title, "safe", [{ start: from + before.index, end: command.end, text: "" }]);
  }
  if (before === null && command.before === "" && after !== null) {
    return fixOf(dockerfile, title, "safe", [{ start: command.start, end: command.end + after[0].length, text: "" }]);
  }
  return undefined;
}
