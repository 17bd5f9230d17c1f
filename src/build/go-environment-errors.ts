import { defineErrors, exitStatus } from "../core/errors.ts";

/** The codes of `ballast env`. */
export const goEnvironmentErrors = defineErrors({
  "build/github-env-unusable": {
    exit: exitStatus.usage,
    what: "the variable cannot be handed to the later steps of a GitHub job",
    why: "GitHub reads such variables from the file that GITHUB_ENV names, a line for each.",
    todo: "Use --github in a step of a GitHub Actions job; elsewhere, `ballast env` without it prints a line for a shell.",
  },
  "build/secret-in-value": {
    exit: exitStatus.usage,
    what: "a secret would be written into GOCACHEPROG",
    why: "The value is seen by every process of the job and printed by `go env`.",
    todo: "Take user and password out of the address; give a token by --token-file or in BALLAST_TOKEN.",
  },
});
