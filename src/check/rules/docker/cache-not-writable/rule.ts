import { imageFacts } from "../../../image/base-image.ts";
import { goCacheSetting, goSetting, rootStage, stepsUpTo } from "../../../image/go-places.ts";
import { fixOf, goSteps, isCompile, mountOver } from "../../../image/go-runs.ts";
import type { Mount, RunStep } from "../../../image/model.ts";
import { settingOf } from "../../../image/stage-state.ts";
import type { DockerRule, ImagePlace } from "../../../image/rule.ts";
import type { Report } from "../../../rule.ts";
import type { GoInvocation } from "../../../shell/go-invocation.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/cache-not-writable",
    title: "the user of a step may not write Go's cache",
    category: "cache",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      for (const step of goSteps(dockerfile)) {
        const go = step.gos.find(isCompile);
        const { user } = step.state;
        if (go === undefined || user === undefined || user === "root" || user === "" || step.isTrigger) continue;
        checkMount(step, go, user, report);
        checkHome(step, go, user, report);
      }
    }
  },
};

function checkMount(step: RunStep, go: GoInvocation, user: string, report: Report<ImagePlace>): void {
  const setting = goCacheSetting(step, go);
  const mount = setting.state === "known" ? mountOver(step, setting.value) : undefined;
  const isOwned = ["uid", "gid", "mode", "from"].some((name) => mount?.options.has(name));
  if (mount?.type !== "cache" || isOwned) return;
  const { dockerfile } = step.stage;
  const uid = /^\d+$/.test(user) ? user : createdUid(step, user);
  const insertion = { start: mount.end, end: mount.end, text: `,uid=${uid ?? ""}` };
  report(dockerfile.place(mount), {
    message: `the cache mount at ${mount.target ?? "?"} belongs to root, and go ${go.verb} runs as ${user}: permission denied`,
    why: "BuildKit makes a cache mount for root with mode 0755 unless uid, gid or mode say otherwise.",
    ...(uid === undefined ? {} : { fix: fixOf(dockerfile, `give it to ${user}`, "safe", [insertion]) }),
  });
}

/** The number that the user was created with. */
function createdUid(step: RunStep, user: string): string | undefined {
  for (const { words } of creations(step, user)) {
    const at = words.findIndex((text) => /^(?:-u|--uid)$/.test(text));
    const uid = words.find((text) => text.startsWith("--uid="))?.slice("--uid=".length) ?? words[at + 1];
    if ((at !== -1 || words.some((text) => text.startsWith("--uid="))) && /^\d+$/.test(uid ?? "")) return uid;
  }
  return undefined;
}

function creations(step: RunStep, user: string): { words: string[] }[] {
  return stepsUpTo(step).flatMap((other) => {
    if (other.kind !== "run") return [];
    const all = other.commands.map(({ words }) => ({ words: words.map(({ text }) => text) }));
    return all.filter(({ words }) => /(?:^|\/)(?:useradd|adduser)$/.test(words[0] ?? "") && words.includes(user));
  });
}

/** A number without an account has the home `/`, in which it may not write. */
function checkHome(step: RunStep, go: GoInvocation, user: string, report: Report<ImagePlace>): void {
  const isOfficial = imageFacts(rootStage(step.stage).image)?.go !== undefined;
  const isSet = ["GOCACHE", "XDG_CACHE_HOME", "HOME"].some((name) => goSetting(step, go, name).state !== "unset");
  const isSetAnyhow = settingOf(step.state, "HOME").state !== "unset";
  const isNumber = /^[1-9]\d*$/.test(user);
  if (!isOfficial || isSet || isSetAnyhow || !isNumber || knowsUser(step, user) || opensRoot(step)) return;
  const isMounted = step.mounts.some(
    (mount: Mount) => mount.target === "/.cache" || mount.target?.startsWith("/.cache/") === true,
  );
  if (isMounted) return;
  const { dockerfile } = step.stage;
  report(dockerfile.place(go.command), {
    message: `go ${go.verb} runs as ${user}, who has no home: it ends with "mkdir /.cache: permission denied"`,
    why: "Without an account the home is /, and Go's cache would be /.cache/go-build.",
  });
}

/** Some step creates accounts, or writes /etc/passwd. */
function knowsUser(step: RunStep, user: string): boolean {
  return stepsUpTo(step).some(
    (other) =>
      (other.kind === "copy" && other.destination.startsWith("/etc")) ||
      (other.kind === "run" &&
        other.commands.some(({ words, redirections }) => {
          const isCreation = /(?:^|\/)(?:useradd|adduser)$/.test(words[0]?.text ?? "");
          return (
            (isCreation && words.some(({ text }) => text.includes(user))) ||
            redirections.some(({ target }) => target === "/etc/passwd")
          );
        })),
  );
}

/** Some step prepares /.cache, or opens / itself. */
function opensRoot(step: RunStep): boolean {
  return stepsUpTo(step).some(
    (other) =>
      other.kind === "run" &&
      other.commands.some(({ words }) => words.some(({ text }) => text === "/" || text.startsWith("/.cache"))),
  );
}
