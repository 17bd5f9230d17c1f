/** A rule over Kubernetes manifests. It reads the model, never the text. */

import type { Report, RuleMeta } from "../rule.ts";
import type { K8sModel, K8sPlace } from "./model.ts";

export type { K8sPlace } from "./model.ts";

export interface K8sRule {
  readonly meta: RuleMeta;
  check(model: K8sModel, report: Report<K8sPlace>): void;
}
