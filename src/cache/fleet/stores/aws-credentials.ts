/**
 * Credentials from where AWS's own tools look: variables, files, a web identity, a container's endpoint; in this order.
 * They are kept until shortly before they expire, or until the store says that they have.
 */

import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type AwsProfile, parseAwsFile } from "./aws-files.ts";
import { storeErrors } from "./store-errors.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Since 1970; `undefined`: they do not say. */
  readonly expiresAtMs: number | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface CredentialSource {
  /** Throws `fleet/store-no-credentials`. With `isStale` what is kept is read again first. */
  read(isStale: boolean, signal: AbortSignal): Promise<AwsCredentials>;
}

export interface CredentialOptions {
  readonly env: Environment;
  readonly region: string;
  readonly nowMs: () => number;
}

/** Renewed so long before they expire: longer than any request takes. */
const renewBeforeMs = 120_000;
/** Longest answer of a credentials endpoint. */
const answerBytesMax = 64 * 1024;

export function createCredentialSource(options: CredentialOptions): CredentialSource {
  let kept: AwsCredentials | undefined;
  let keptStamp = "";
  return {
    async read(isStale, signal) {
      const stamp = filesStamp(options.env);
      const isFresh =
        kept !== undefined &&
        !isStale &&
        stamp === keptStamp &&
        (kept.expiresAtMs === undefined || kept.expiresAtMs - renewBeforeMs > options.nowMs());
      if (!isFresh || kept === undefined) {
        kept = await findCredentials(options, signal);
        keptStamp = stamp;
      }
      return kept;
    },
  };
}

async function findCredentials(options: CredentialOptions, signal: AbortSignal): Promise<AwsCredentials> {
  const found =
    fromVariables(options.env) ??
    fromProfile(options.env) ??
    (await fromWebIdentity(options, signal)) ??
    (await fromContainer(options.env, signal));
  if (found === undefined) throw storeErrors.error("fleet/store-no-credentials", "no source has an access key");
  return found;
}

function fromVariables(env: Environment): AwsCredentials | undefined {
  return makeCredentials(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"], undefined);
}

function makeCredentials(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
  expiresAtMs: number | undefined,
): AwsCredentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined, expiresAtMs };
}

function fromProfile(env: Environment): AwsCredentials | undefined {
  const profile = readAwsProfile(env);
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = profile;
  return makeCredentials(id, secret, token, timeOf(profile["aws_credential_expiration"] ?? profile["expiration"]));
}

/** The chosen profile: what the config file says, under what the credentials file says. */
export function readAwsProfile(env: Environment): AwsProfile {
  const name = env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || "default";
  const [credentials, config] = filePaths(env).map((path) => parseAwsFile(readOptional(path) ?? ""));
  return { ...config?.get(name), ...credentials?.get(name) };
}

function filePaths(env: Environment): readonly [string, string] {
  const folder = join(env["HOME"] || homedir(), ".aws");
  return [
    env["AWS_SHARED_CREDENTIALS_FILE"] || join(folder, "credentials"),
    env["AWS_CONFIG_FILE"] || join(folder, "config"),
  ];
}

/** Changes when a file does: whoever renews credentials in a file need not tell us. */
function filesStamp(env: Environment): string {
  return filePaths(env)
    .map((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? "-" : `${found.mtimeMs}/${found.size}/${found.ino}`;
    })
    .join();
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not there or not readable: the next source is asked, and the error names all of them.
    return undefined;
  }
}

/** A token that the platform leaves in a file, against temporary credentials (Kubernetes service accounts, GitLab). */
async function fromWebIdentity(
  { env, region }: CredentialOptions,
  signal: AbortSignal,
): Promise<AwsCredentials | undefined> {
  const [tokenFile, role] = [env["AWS_WEB_IDENTITY_TOKEN_FILE"], env["AWS_ROLE_ARN"]];
  const token = tokenFile ? readOptional(tokenFile)?.trim() : undefined;
  if (!token || !role) return undefined;
  const url = new URL(env["AWS_ENDPOINT_URL_STS"] || `https://sts.${region}.amazonaws.com/`);
  const form = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: env["AWS_ROLE_SESSION_NAME"] || "ballast",
    WebIdentityToken: token,
  });
  const text = await readAnswer(await askFor(url, { method: "POST", body: form, signal }));
  const field = (name: string): string | undefined => new RegExp(`<${name}>\\s*([^<]+?)\\s*</${name}>`).exec(text)?.[1];
  return makeCredentials(
    field("AccessKeyId"),
    field("SecretAccessKey"),
    field("SessionToken"),
    timeOf(field("Expiration")),
  );
}

/** ECS and EKS put the address of their endpoint into the environment. */
async function fromContainer(env: Environment, signal: AbortSignal): Promise<AwsCredentials | undefined> {
  const relative = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const address = relative ? `http://169.254.170.2${relative}` : env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (!address) return undefined;
  const tokenFile = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = (tokenFile ? readOptional(tokenFile)?.trim() : undefined) ?? env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const headers: Record<string, string> = token ? { authorization: token } : {};
  const answer = parseJson(await readAnswer(await askFor(new URL(address), { headers, signal })));
  const text = (key: string): string | undefined => {
    const value = typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>)[key] : undefined;
    return typeof value === "string" ? value : undefined;
  };
  return makeCredentials(text("AccessKeyId"), text("SecretAccessKey"), text("Token"), timeOf(text("Expiration")));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw storeErrors.error("fleet/store-no-credentials", "the container's endpoint answered no JSON", { cause });
  }
}

async function askFor(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: "error" });
  } catch (cause) {
    throw storeErrors.error("fleet/store-no-credentials", `${url.origin}: ${(cause as Error).message}`, { cause });
  }
}

async function readAnswer(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, answerBytesMax);
  if (response.ok) return text;
  throw storeErrors.error("fleet/store-no-credentials", `${new URL(response.url).origin} answered ${response.status}`);
}

function timeOf(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
