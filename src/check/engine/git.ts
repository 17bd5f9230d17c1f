/** The questions that a check asks git, in a way in which nothing that the repository says is run. */

const deadlineMs = 60_000;
/** The contents of a large repository; git is ended when it prints more. */
const outputCapBytes = 1_000_000_000;

/** Settings that could start a program, reach the network, or change what is printed. */
const neutral = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.quotePath=false",
  "core.pager=cat",
  "protocol.allow=never",
  "safe.bareRepository=explicit",
  "diff.external=",
  "submodule.recurse=false",
].flatMap((setting) => ["-c", setting]);

type Environment = Readonly<Record<string, string | undefined>>;

export interface GitRequest {
  readonly folder: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** What `git ARGS…` in the folder printed, in full; `undefined` when git is not there, failed, or ran too long. */
export async function gitOutput(
  request: GitRequest,
  args: readonly string[],
  stdin?: string,
): Promise<string | undefined> {
  return (await gitBytes(request, args, stdin))?.toString("utf8");
}

/** The same for output that is no text. */
export async function gitBytes(
  { folder, env, signal }: GitRequest,
  args: readonly string[],
  stdin = "",
): Promise<Buffer | undefined> {
  signal.throwIfAborted();
  const child = start(["git", "--no-optional-locks", ...neutral, ...args], folder, env, stdin, signal);
  if (child === undefined) return undefined;
  const bytes = Buffer.from(await new Response(child.stdout).arrayBuffer());
  const status = await child.exited;
  signal.throwIfAborted();
  return status === 0 ? bytes : undefined;
}

function start(
  argv: string[],
  cwd: string,
  env: Environment,
  stdin: string,
  signal: AbortSignal,
): Bun.Subprocess<Uint8Array, "pipe", "ignore"> | undefined {
  try {
    // A list is small and git ends by itself: core's process runner, which polls for a group's end, costs more than git.
    return Bun.spawn(argv, {
      cwd,
      env: gitEnvironment(env),
      stdin: new TextEncoder().encode(stdin),
      stdout: "pipe",
      stderr: "ignore",
      signal,
      timeout: deadlineMs,
      maxBuffer: outputCapBytes,
    });
  } catch {
    return undefined; // git is not installed
  }
}

/** Parts of a `-z` output. */
export function zeroParts(output: string): string[] {
  return output.split("\0").filter((part) => part !== "");
}

/** A hook's variables would make git look at another repository than the folder's. */
function gitEnvironment(env: Environment): Environment {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("GIT_"));
  return {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    LC_ALL: "C",
  };
}
