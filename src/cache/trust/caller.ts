/** Who asks, as far as it was proved; and what rules may say of it. */

import type { Facts, FactValue, Vocabulary } from "../../policy/rule.ts";

/** A claim of a verified token. Objects and nested lists are of no use to a rule and are left out. */
export type ClaimValue = string | number | boolean | readonly string[];

export type Claims = Readonly<Record<string, ClaimValue>>;

/** The CI platforms whose claims have names of their own. */
export const issuerPlatforms = ["github", "gitlab", "buildkite", "plain"] as const;

export type IssuerPlatform = (typeof issuerPlatforms)[number];

export type Caller =
  /** A token of an issuer, verified; `issuer` is its name in the policy. */
  | { readonly kind: "oidc"; readonly issuer: string; readonly platform: IssuerPlatform; readonly claims: Claims }
  /** A token of the token file, by the name that stands there. */
  | { readonly kind: "token"; readonly token: string; readonly access: "read" | "write" }
  | { readonly kind: "anonymous" };

/** What rules may ask of a caller, besides `claim.NAME` for each claim of its token. */
export const callerVocabulary: Vocabulary = {
  caller: { kind: "text", doc: "How it is known: oidc, token or anonymous." },
  issuer: { kind: "text", doc: "The issuer of its token, by the name that the policy gives it." },
  token: { kind: "text", doc: "The name of its token in the token file." },
  access: { kind: "text", doc: "What the token file says of that token: read or write." },
  repository: { kind: "text", doc: "The repository, OWNER/NAME; Buildkite: ORGANIZATION/PIPELINE." },
  owner: { kind: "text", doc: "The repository's owner, group or organization." },
  ref: { kind: "text", doc: "The full ref: refs/heads/main, refs/pull/7/merge." },
  branch: { kind: "text", doc: "The branch; not known for a change or a tag." },
  tag: { kind: "text", doc: "The tag." },
  change: { kind: "text", doc: "The number of the pull or merge request." },
  base: { kind: "text", doc: "The branch that a change is meant for." },
  event: { kind: "text", doc: "What started the job: push, pull_request, merge_group, schedule." },
  protected: { kind: "switch", doc: "Whether the issuer says that the ref is a protected one." },
  actor: { kind: "text", doc: "Who started the job." },
  workflow: { kind: "text", doc: "The workflow's file and ref, where the issuer tells." },
  environment: { kind: "text", doc: "The deployment environment." },
  runner: { kind: "text", doc: "What kind of runner it is: github-hosted, self-hosted." },
  run: { kind: "text", doc: "The run, pipeline or build." },
  job: { kind: "text", doc: "The job, where the issuer tells." },
  commit: { kind: "text", doc: "The commit." },
  subject: { kind: "text", doc: "The token's subject." },
};

/** Each fact's claim, by platform. Sources: the platforms' pages about their OIDC tokens. */
const claimNames: Readonly<Record<IssuerPlatform, Readonly<Record<string, string>>>> = {
  github: {
    repository: "repository",
    owner: "repository_owner",
    ref: "ref",
    base: "base_ref",
    event: "event_name",
    actor: "actor",
    workflow: "job_workflow_ref",
    environment: "environment",
    runner: "runner_environment",
    run: "run_id",
    job: "check_run_id",
    commit: "sha",
  },
  gitlab: {
    repository: "project_path",
    owner: "namespace_path",
    ref: "ref_path",
    event: "pipeline_source",
    actor: "user_login",
    workflow: "ci_config_ref_uri",
    environment: "environment",
    runner: "runner_environment",
    run: "pipeline_id",
    job: "job_id",
    commit: "sha",
  },
  buildkite: {
    owner: "organization_slug",
    branch: "build_branch",
    tag: "build_tag",
    event: "build_source",
    run: "build_number",
    job: "job_id",
    commit: "build_commit",
  },
  plain: {},
};

const refForms: Readonly<Record<string, RegExp>> = {
  branch: /^refs\/heads\/(.+)$/,
  tag: /^refs\/tags\/(.+)$/,
  change: /^refs\/(?:pull|merge-requests)\/(\d+)\//,
};

/** The facts of a caller, all as text but for `protected`. */
export function callerFacts(caller: Caller): Facts {
  if (caller.kind === "anonymous") return (name) => (name === "caller" ? "anonymous" : undefined);
  if (caller.kind === "token") {
    const { token, access } = caller;
    const known: Readonly<Record<string, string>> = { caller: "token", token, access };
    return (name) => (Object.hasOwn(known, name) ? known[name] : undefined);
  }
  return (name) => tokenFact(caller, name);
}

type OidcCaller = Extract<Caller, { readonly kind: "oidc" }>;

function tokenFact(caller: OidcCaller, name: string): FactValue | undefined {
  const { claims, issuer, platform } = caller;
  if (name === "caller") return "oidc";
  if (name === "issuer") return issuer;
  if (name === "subject") return textOf(claims, "sub");
  if (name.startsWith("claim.")) return listOrText(claims, name.slice("claim.".length));
  if (name === "protected") return textOf(claims, "ref_protected") === "true";
  const named = textOf(claims, claimNames[platform][name]);
  if (named !== undefined) return named;
  if (platform === "buildkite" && name === "repository") return pairOf(claims, "organization_slug", "pipeline_slug");
  return refFact(caller, name);
}

/** GitLab's merge request pipelines may name a branch's ref; what they build is the change all the same. */
function refFact(caller: OidcCaller, name: string): string | undefined {
  const form = Object.hasOwn(refForms, name) ? refForms[name] : undefined;
  if (form === undefined) return undefined;
  const isMergeRequest = textOf(caller.claims, "pipeline_source") === "merge_request_event";
  if (caller.platform === "gitlab" && name === "branch" && isMergeRequest) return undefined;
  return form.exec(textOf(caller.claims, claimNames[caller.platform]["ref"]) ?? "")?.[1];
}

function pairOf(claims: Claims, first: string, second: string): string | undefined {
  const [a, b] = [textOf(claims, first), textOf(claims, second)];
  return a === undefined || b === undefined ? undefined : `${a}/${b}`;
}

function textOf(claims: Claims, name: string | undefined): string | undefined {
  if (name === undefined || !Object.hasOwn(claims, name)) return undefined;
  const value = claims[name];
  return value === undefined || typeof value === "object" || value === "" ? undefined : String(value);
}

function listOrText(claims: Claims, name: string): FactValue | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === "object" ? value : textOf(claims, name);
}

/** Who it is, in a few words for logs and provenance; never the token. */
export function callerName(caller: Caller): string {
  if (caller.kind === "anonymous") return "anonymous";
  if (caller.kind === "token") return `token ${caller.token}`;
  return `${caller.issuer} ${textOf(caller.claims, "sub") ?? "without a subject"}`.slice(0, 200);
}

/** What a verified token says of the job, under the names that provenance has. */
export function verifiedProvenance(caller: Caller): Readonly<Record<string, string>> {
  if (caller.kind !== "oidc") return {};
  const facts = callerFacts(caller);
  const found: Record<string, string> = {};
  for (const name of ["repository", "ref", "commit", "run", "job", "actor"]) {
    const value = facts(name) ?? (name === "ref" ? facts("branch") : undefined);
    if (typeof value === "string") found[name] = value.slice(0, 300);
  }
  return found;
}
