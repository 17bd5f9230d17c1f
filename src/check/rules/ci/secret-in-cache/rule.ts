import { allCaches, jobName, platformNames } from "../../../ci/cache-relations.ts";
import type { CacheUse, CiText, Job } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/secret-in-cache",
    title: "a secret in the key or the content of a cache",
    category: "secret",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const { job, cache } of allCaches(model)) {
      const key = [cache.key, ...cache.fallbacks].find((text) => isSecretKey(text, job));
      if (key !== undefined) {
        report(key.place, {
          message: `the cache key of ${jobName(job)} holds a secret: keys are listed in logs and by ${platformNames[job.platform]}'s API as they are`,
          why: "A key is a name, not a secret place; whoever may read the list of caches can read it.",
        });
      }
      const path = secretPath(cache);
      if (path === undefined) continue;
      report(path.place, {
        message: `${jobName(job)} caches ${path.text}, where programs keep credentials: every run that may restore it gets them`,
        why: "Caches of the default branch are readable for every pull request, those of strangers included.",
        confidence: path.isWhole ? "medium" : "high",
      });
    }
  },
};

function isSecretKey({ text }: CiText, job: Job): boolean {
  if (/\$\{\{[^}]*\bsecrets\./.test(text)) return !/CACHE|VERSION/i.test(text);
  const variable = /\$\{\{\s*env\.(\w+)\s*\}\}/.exec(text)?.[1];
  return variable !== undefined && /\bsecrets\./.test(job.env.get(variable)?.text ?? "");
}

/** Files in which programs keep credentials, below a home folder. */
const secretFiles =
  /^(?:~|\$\{?HOME\}?|\/root|\/home\/\w+|\/github\/home)\/(?:\.netrc|\.git-credentials|\.docker(?:\/config\.json)?|\.ssh|\.aws|\.config\/gcloud|\.config\/gh|\.config\/go\/env|\.npmrc|\.kube)\/?$/;
const wholeHome =
  /^(?:~|\$\{?HOME\}?|\/root|\/home\/runner|\/github\/home)\/?$|^(?:~|\$\{?HOME\}?|\/root|\/home\/runner)\/\.config\/?$/;

function secretPath(
  cache: CacheUse,
): { readonly text: string; readonly place: CiText["place"]; readonly isWhole: boolean } | undefined {
  for (const { text, place } of cache.paths) {
    if (secretFiles.test(text)) return { text, place, isWhole: false };
    if (wholeHome.test(text)) return { text, place, isWhole: true };
  }
  return undefined;
}
