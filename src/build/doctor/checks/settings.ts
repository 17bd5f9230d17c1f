import { problemText } from "../../../core/settings.ts";
import type { DoctorCheck } from "../check.ts";

export const check: DoctorCheck = {
  id: "settings",
  title: "ballast.yaml and BALLAST_* variables",
  run: ({ settings: { problems, unknownVariables, file } }) => {
    const unknown = unknownVariables.map(({ name, hint }) => `${name}: no setting has this variable${hint}`);
    const details = [...problems.map(problemText), ...unknown];
    const where = file ?? "no ballast.yaml; defaults and variables only";
    if (details.length === 0) return Promise.resolve({ status: "ok", found: where });
    const isProblem = problems.length > 0;
    return Promise.resolve({
      status: isProblem ? "problem" : "warning",
      found: details.length === 1 ? "one thing is wrong" : `${details.length} things are wrong`,
      why: isProblem
        ? "With settings that cannot be read, `ballast go` builds without the shared cache rather than by a guess."
        : "A variable that nobody reads is nearly always a misspelt one.",
      todo: "Correct each of the listed places.",
      details,
    });
  },
};
