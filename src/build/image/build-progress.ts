/** What BuildKit says while it builds: JSON lines of its own `SolveStatus`, as `--progress=rawjson` prints them. */

export interface StepReport {
  /** As BuildKit names it: `[build 5/5] RUN …`. */
  readonly name: string;
  readonly cached: boolean;
  readonly durationMs: number;
  readonly error: string | undefined;
  /** The end of what it wrote. */
  readonly log: string;
}

/** The name without the mounts, which are longer than what the step does. */
export function shortName(name: string): string {
  return name.replace(/--mount=\S+\s+/g, "").replace(/\s+/g, " ");
}

interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

interface Log {
  readonly vertex: string;
  readonly data: string;
}

export interface BuildProgress {
  /** Takes a line; returns the name of a step that has just begun. */
  take(line: string): string | undefined;
  /** Each step that began, in the order of its beginning. */
  steps(): readonly StepReport[];
  /** The last of what the failed steps wrote, or what was no JSON. */
  failure(): string;
}

const limits = { steps: 10_000, logChars: 4000 } as const;

/** Collects the lines of one build. */
export function createBuildProgress(): BuildProgress {
  const steps = new Map<string, Vertex>();
  const logs = new Map<string, string>();
  let other = "";
  const take = (line: string): string | undefined => {
    const status = parseStatus(line);
    if (status === undefined) other = (other + line + "\n").slice(-limits.logChars);
    for (const { vertex, data } of status?.logs ?? []) {
      const text = Buffer.from(data, "base64").toString("utf8");
      logs.set(vertex, ((logs.get(vertex) ?? "") + text).slice(-limits.logChars));
    }
    let begun: string | undefined;
    for (const vertex of status?.vertexes ?? []) {
      const before = steps.get(vertex.digest);
      if (before === undefined && steps.size >= limits.steps) continue;
      if (vertex.started !== undefined && before?.started === undefined) begun = shortName(vertex.name);
      steps.set(vertex.digest, { ...before, ...vertex });
    }
    return begun;
  };
  const begun = (): Vertex[] => [...steps.values()].filter(({ started }) => started !== undefined);
  return {
    take,
    steps: () =>
      begun()
        .toSorted((a, b) => timeOf(a.started) - timeOf(b.started))
        .map((vertex) => reportOf(vertex, logs.get(vertex.digest) ?? "")),
    failure: () => {
      const failed = begun().filter(({ error }) => error !== undefined && error !== "");
      const said = failed.map(
        ({ name, digest, error }) => `${shortName(name)}\n${logs.get(digest) ?? ""}${error ?? ""}`,
      );
      return said.length === 0 ? other.trim() : said.join("\n");
    },
  };
}

function parseStatus(
  line: string,
): { readonly vertexes?: readonly Vertex[]; readonly logs?: readonly Log[] } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as { vertexes?: Vertex[]; logs?: Log[] };
  } catch {
    return undefined; // a line of the builder's own; it is kept as text
  }
}

function reportOf({ name, cached, started, completed, error }: Vertex, log: string): StepReport {
  const durationMs = completed === undefined ? 0 : Math.max(0, timeOf(completed) - timeOf(started));
  return { name, cached: cached === true, durationMs, error: error === "" ? undefined : error, log };
}

function timeOf(text: string | undefined): number {
  return text === undefined ? 0 : Date.parse(text);
}
