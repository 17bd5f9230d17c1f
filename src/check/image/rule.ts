/** A rule over Dockerfiles and what builds them. It reads the model, never the text. */

import type { Report, RuleMeta } from "../rule.ts";
import type { ImageModel, ImagePlace } from "./model.ts";

export type { ImagePlace } from "./model.ts";

export interface DockerRule {
  readonly meta: RuleMeta;
  check(model: ImageModel, report: Report<ImagePlace>): void;
}
