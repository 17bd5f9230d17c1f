import { allJobs } from "../../../ci/cache-relations.ts";
import type { CiText } from "../../../ci/model.ts";
import type { CiRule } from "../../../ci/rule.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/go-version-number",
    title: "a Go version that YAML reads as a number and shortens",
    category: "reproducibility",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const look = ({ text, place }: CiText): void => {
      const written = model.textOf(place.path).slice(place.start, place.end);
      // 1.20 is the number 1.2, a Go of 2013; a third part or quotes make it a text.
      if (!/^1\.\d+0$/.test(written) || written !== text) return;
      report(place, {
        message: `go-version ${written} is the number ${String(Number(written))} to YAML, so Go ${String(Number(written))} is installed`,
        why: "YAML reads a plain 1.20 as a number, and numbers have no trailing zero.",
        fix: { title: `quote ${written}`, safety: "safe", edits: [{ ...place, text: `"${written}"` }] },
      });
    };
    for (const job of allJobs(model)) {
      for (const { inputs } of job.setups) {
        const version = inputs.get("go-version");
        if (version !== undefined) look(version);
      }
      for (const { name, value } of job.matrixTexts) {
        if (job.setups.some((setup) => usesAxis(model.textOf(setup.place.path), setup.version, name))) look(value);
      }
    }
  },
};

/** Whether a setup's version is written as `${{ matrix.NAME }}`. */
function usesAxis(source: string, version: CiText | undefined, name: string): boolean {
  if (version === undefined) return false;
  return source.slice(version.place.start, version.place.end).includes(`matrix.${name}`);
}
