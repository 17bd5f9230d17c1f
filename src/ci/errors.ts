import { defineErrors, exitStatus } from "../core/errors.ts";

/** The codes about CI platforms. */
export const ciErrors = defineErrors({
  "ci/token-unavailable": {
    exit: exitStatus.dependency,
    what: "The CI platform gives this job no identity token",
    why: "The job has no permission for one, asks for none, or the platform did not answer.",
    todo: "GitHub: `permissions: id-token: write`. GitLab: `id_tokens: { BALLAST_ID_TOKEN: { aud: ballast } }`. Buildkite: a recent agent. Forks get none: they go on without.",
  },
});
