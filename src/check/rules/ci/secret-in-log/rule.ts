import { allJobs, jobName } from "../../../ci/cache-relations.ts";
import { removeEntry } from "../../../ci/edits.ts";
import type { CiCommand, CiModel, CiText, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/secret-in-log",
    title: "a secret that the log will show",
    category: "secret",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      checkTrace(model, job, report);
      for (const { text, place } of job.interpolatedSecrets ?? []) {
        report(place, {
          message: `stage "${job.label}" puts ${text} into the script by Groovy: a failing command and ps show it, and its characters are shell code`,
          why: "In a string with single quotes the shell takes the variable from its environment, and the secret is in no text.",
        });
      }
      for (const command of job.commands) {
        const shown = transformed(job, command) ?? partOfSecret(command) ?? dumped(job, command);
        if (shown === undefined) continue;
        report(shown.place, {
          message: `${jobName(job)} ${shown.text}`,
          why: "A platform hides a secret in a log only where it stands there letter by letter.",
        });
      }
    }
  },
};

/** GitLab's debug trace prints the values of all variables. */
function checkTrace(model: CiModel, job: Job, report: Parameters<CiRule["check"]>[1]): void {
  const trace =
    job.platform === "gitlab" ? (job.env.get("CI_DEBUG_TRACE") ?? job.env.get("CI_DEBUG_SERVICES")) : undefined;
  if (trace?.place === undefined || !/^(?:true|1)$/i.test(trace.text)) return;
  const edit = removeEntry(model.textOf(trace.place.path), trace.place);
  report(trace.place, {
    message: `CI_DEBUG_TRACE writes every variable of ${jobName(job)} into its log, masked ones that are shown in parts included`,
    why: "Debug logging is for one run by hand; committed it runs for everybody who may read the job's log.",
    ...(edit === undefined ? {} : { fix: { title: "take debug logging out", safety: "safe" as const, edits: [edit] } }),
  });
}

const encoders = new Set(["base64", "xxd", "od", "rev", "hexdump"]);

/** `echo $TOKEN | base64` in the log is the token for whoever can decode it. */
function transformed(job: Job, command: CiCommand): { place: CiText["place"]; text: string } | undefined {
  const [program, ...words] = command.words;
  if (
    program === undefined ||
    !["echo", "printf"].includes(program.text) ||
    command.redirects.length > 0 ||
    command.isSubstitution
  ) {
    return undefined;
  }
  const secret = words.find(({ text }) => isSecret(text, command));
  const next = job.commands[job.commands.indexOf(command) + 1];
  const encoder = next?.words[0]?.text ?? "";
  if (secret === undefined || next === undefined || !encoders.has(encoder) || next.redirects.length > 0) {
    return undefined;
  }
  const decodes = next.words.some(({ text }) => /^(?:-d|-D|--decode|-r)$/.test(text));
  const after = job.commands[job.commands.indexOf(next) + 1];
  const goesOn = after !== undefined && after.place.start - next.place.end < 4 && after.place.start > next.place.start;
  if (decodes || goesOn) return undefined;
  return {
    place: command.place,
    text: `prints ${secret.text} through ${encoder}, and the log hides only the secret itself`,
  };
}

function isSecret(text: string, { env }: CiCommand): boolean {
  if (/\$\{\{\s*secrets\.\w+\s*\}\}/.test(text)) return true;
  const name = /^\$\{?(\w+)\}?$/.exec(text)?.[1];
  return name !== undefined && /\$\{\{[^}]*secrets\./.test(env.get(name)?.text ?? "");
}

/** A part of a JSON secret is not registered for hiding. */
function partOfSecret(command: CiCommand): { place: CiText["place"]; text: string } | undefined {
  if (!["echo", "printf", "cat"].includes(command.words[0]?.text ?? "") || command.redirects.length > 0) {
    return undefined;
  }
  const part = command.words.find(({ text }) => /fromJSON\(\s*secrets\.\w+\s*\)\s*[.[]/i.test(text));
  return part === undefined
    ? undefined
    : { place: part.place, text: "prints a part of a JSON secret, which the log does not hide" };
}

/** All variables at once, on a platform that hides only those that were marked. */
function dumped(job: Job, command: CiCommand): { place: CiText["place"]; text: string } | undefined {
  if (job.platform !== "gitlab" || command.redirects.length > 0 || command.isSubstitution) return undefined;
  const words = command.words.map(({ text }) => text);
  const isDump = words.length === 1 ? ["printenv", "env"].includes(words[0] ?? "") : words.join(" ") === "export -p";
  const next = job.commands[job.commands.indexOf(command) + 1];
  const isFiltered =
    next !== undefined &&
    /^(?:grep|sed|awk|sort|cut|head)$/.test(next.words[0]?.text ?? "") &&
    next.place.start - command.place.end < 4;
  if (!isDump || isFiltered) return undefined;
  return {
    place: command.place,
    text: `prints all variables by ${words.join(" ")}, also those that nobody marked as masked`,
  };
}
