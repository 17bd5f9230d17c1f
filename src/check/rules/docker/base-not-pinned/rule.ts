import { imageFacts, officialName } from "../../../image/base-image.ts";
import type { BaseImage } from "../../../image/base-image.ts";
import { fixOf } from "../../../image/go-runs.ts";
import type { Dockerfile } from "../../../image/model.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/base-not-pinned",
    title: "the Go image has no version",
    category: "reproducibility",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      for (const { image, parent } of dockerfile.stages) {
        const go = parent === undefined ? imageFacts(image)?.go : undefined;
        if (go === undefined || go.version !== undefined || image.digest !== undefined || isFixed(image)) continue;
        const fix = versionFix(dockerfile, image);
        report(dockerfile.place(image), {
          message: `${image.text} is another Go each time one is released: builds of one commit differ, and all caches start cold`,
          why: "The toolchain is part of every key of Go's cache and of every binary.",
          ...(fix === undefined ? {} : { fix }),
        });
      }
    }
  },
};

/** `1-alpine` moves too, but whoever wrote a number has thought of it. */
function isFixed({ tag = "" }: BaseImage): boolean {
  return /\d/.test(tag.replace(/alpine\d[\d.]*|windowsservercore.*|nanoserver.*/, ""));
}

/** The version that go.mod asks for, kept to the variant that was chosen. */
function versionFix(dockerfile: Dockerfile, image: BaseImage): Fix | undefined {
  const version = dockerfile.module?.toolchain ?? dockerfile.module?.goVersion;
  const minor = /^\d+\.\d+/.exec(version ?? "")?.[0];
  const isWritten = image.text === dockerfile.source.text.slice(image.start, image.end);
  if (minor === undefined || officialName(image.repository) !== "golang" || !isWritten) return undefined;
  const variant = image.tag === undefined || image.tag === "latest" ? "" : `-${image.tag}`;
  const text = `${image.repository}:${minor}${variant}`;
  return fixOf(dockerfile, `take ${text}, as go.mod says`, "unsafe", [{ start: image.start, end: image.end, text }]);
}
