/** `ballast lab drift --verify BINARY` */

import { resolve } from "node:path";
import { systemClock } from "../core/clock.ts";
import { exitStatus } from "../core/errors.ts";
import { createProgress } from "../core/progress.ts";
import { createStyle } from "../core/style.ts";
import { verifyBinary } from "../lab/labs/drift/verify/verify-binary.ts";
import { verifyReport } from "../lab/labs/drift/verify/verify-report.ts";
import { documentHtml } from "../report/document-html.ts";
import { documentText } from "../report/document-text.ts";
import type { CommandContext } from "./command.ts";
import { benchOf, writeHtml } from "./lab-command.ts";

interface VerifyFlags {
  readonly verify: string;
  readonly module: string | undefined;
  readonly seed: number;
  readonly html: string | undefined;
  readonly json: boolean | undefined;
}

/** Exit status 1 when the rebuilt program is another one. */
export async function verifyCommand(context: CommandContext, flags: VerifyFlags): Promise<number> {
  const { cwd, stdout, stderr, env } = context;
  const progress = createProgress(stderr, systemClock);
  using bench = benchOf(context, flags.seed, progress);
  const module = resolve(cwd, flags.module ?? ".");
  const analysis = await verifyBinary(bench, resolve(cwd, flags.verify), module).finally(() => progress.finish());
  const { document, isFinding } = verifyReport(analysis);
  if (flags.html !== undefined) writeHtml(resolve(cwd, flags.html), documentHtml(document));
  const text = documentText(document, createStyle(stdout, env));
  stdout.write(
    flags.json === true ? `${JSON.stringify({ version: 1, verdict: document.verdict, ...analysis })}\n` : text,
  );
  return isFinding ? exitStatus.findings : exitStatus.ok;
}
