import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast k8s job`. */
export const jobErrors = defineErrors({
  "build/job-invalid": {
    exit: exitStatus.usage,
    what: "The Job cannot be written like that",
    why: "Kubernetes would refuse the name, the quantity or the address, or read it as something else.",
    todo: "Names are lower case letters, digits and dashes; quantities look like 500m, 2 and 4Gi.",
  },
});
