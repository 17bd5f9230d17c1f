/**
 * What a go command did, from the file that its `-debug-actiongraph` writes: each package with the ids of its inputs
 * and of its output, and what ran. The flag is in no key of Go's.
 */

export interface GraphAction {
  readonly kind: "build" | "link";
  /** The import path; a test's variant of a package has the package's own. */
  readonly package: string;
  /** Of the inputs; equal ids mean equal inputs. */
  readonly actionId: string;
  /** Of the output; empty when it was not made. */
  readonly contentId: string;
  /** How long it took; absent when it came from the cache. */
  readonly ranMs: number | undefined;
}

/** A graph of 2,000 packages with their tests is about 10 MB. */
export const graphLimitBytes = 200_000_000;

interface RawAction {
  readonly Mode?: unknown;
  readonly Package?: unknown;
  readonly ActionID?: unknown;
  readonly BuildID?: unknown;
  readonly Cmd?: unknown;
  readonly TimeStart?: unknown;
  readonly TimeDone?: unknown;
}

/** Compiled and linked packages; nothing for a text that is no graph. */
export function readActionGraph(text: string): GraphAction[] {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return []; // go ended before it wrote all of it
  }
  return Array.isArray(raw) ? raw.flatMap((one: unknown) => (isObject(one) ? (actionOf(one) ?? []) : [])) : [];
}

function isObject(value: unknown): value is RawAction {
  return typeof value === "object" && value !== null;
}

function actionOf({ Mode, Package, ActionID, BuildID, Cmd, TimeStart, TimeDone }: RawAction): GraphAction | undefined {
  if (Mode !== "build" && Mode !== "link") return undefined;
  if (typeof Package !== "string" || typeof ActionID !== "string") return undefined;
  const parts = typeof BuildID === "string" ? BuildID.split("/") : [];
  const hasRun = Array.isArray(Cmd) && Cmd.length > 0;
  const ranMs = hasRun ? Math.max(0, Date.parse(String(TimeDone)) - Date.parse(String(TimeStart))) : undefined;
  return {
    kind: Mode,
    package: Package,
    actionId: ActionID,
    contentId: parts.at(-1) ?? "",
    ranMs: Number.isNaN(ranMs) ? 0 : ranMs,
  };
}
