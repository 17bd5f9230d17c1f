/** `ballast lab drift --image ONE --image TWO` */

import { resolve } from "node:path";
import { coreErrors } from "../core/core-errors.ts";
import { exitStatus } from "../core/errors.ts";
import { createStyle } from "../core/style.ts";
import { compareImageArchives, imageReport } from "../lab/labs/drift/image/image-report.ts";
import { documentHtml } from "../report/document-html.ts";
import { documentText } from "../report/document-text.ts";
import type { CommandContext } from "./command.ts";
import { writeHtml } from "./lab-command.ts";

interface ImageFlags {
  readonly image: readonly string[];
  readonly html: string | undefined;
  readonly json: boolean | undefined;
}

/** Exit status 1 when they differ. */
export function imagesCommand({ cwd, stdout, env }: CommandContext, flags: ImageFlags): number {
  const [from, to, ...more] = flags.image.map((path) => resolve(cwd, path));
  if (from === undefined || to === undefined || more.length > 0) {
    throw coreErrors.error(
      "core/flag-value-missing",
      `--image is given ${flags.image.length} times; two images are compared`,
    );
  }
  const analysis = compareImageArchives(from, to);
  const { document, isFinding } = imageReport(analysis);
  if (flags.html !== undefined) writeHtml(resolve(cwd, flags.html), documentHtml(document));
  const text = documentText(document, createStyle(stdout, env));
  stdout.write(
    flags.json === true ? `${JSON.stringify({ version: 1, verdict: document.verdict, ...analysis })}\n` : text,
  );
  return isFinding ? exitStatus.findings : exitStatus.ok;
}
