/** The token by which a CI platform vouches for a job (OIDC). Sources: the platforms' pages about it. */

import { runProcess } from "../core/process.ts";
import { ciErrors } from "./errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A variable for platforms that put the token into one: GitLab's `id_tokens`, and whoever else can. */
const variable = "BALLAST_ID_TOKEN";
const deadlineMs = 10_000;
const answerBytesMax = 64 * 1024;

/** Throws `ci/token-unavailable`. No message holds a token. */
export async function fetchIdentityToken(env: Environment, audience: string): Promise<string> {
  const given = env[variable]?.trim();
  if (given !== undefined && given !== "") return given;
  const [url, bearer] = [env["ACTIONS_ID_TOKEN_REQUEST_URL"], env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]];
  if (url !== undefined && bearer !== undefined) return askGithub(url, bearer, audience);
  if (env["BUILDKITE"] === "true") return askBuildkite(env, audience);
  throw unavailable(`neither ${variable} nor ACTIONS_ID_TOKEN_REQUEST_URL is set, and this is no Buildkite job`);
}

async function askGithub(url: string, bearer: string, audience: string): Promise<string> {
  try {
    const response = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
      headers: { authorization: `bearer ${bearer}`, accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(deadlineMs),
    });
    const text = await response.text();
    if (!response.ok || text.length > answerBytesMax) throw new Error(`the answer is ${response.status}`);
    const { value } = JSON.parse(text) as { value?: unknown };
    if (typeof value === "string" && value !== "") return value;
    throw new Error("the answer holds no token");
  } catch (cause) {
    throw unavailable(`GitHub was asked: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

async function askBuildkite(env: Environment, audience: string): Promise<string> {
  const argv = ["buildkite-agent", "oidc", "request-token", "--audience", audience];
  const result = await runProcess({ argv, env, deadlineMs }).catch(() => undefined);
  const token = result?.stdout.trim() ?? "";
  if (result?.exitCode === 0 && token !== "" && !/\s/.test(token)) return token;
  throw unavailable("buildkite-agent gave none");
}

function unavailable(detail: string): Error {
  return ciErrors.error("ci/token-unavailable", detail);
}
