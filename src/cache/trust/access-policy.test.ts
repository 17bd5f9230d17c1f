import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hasCode } from "../../core/errors.ts";
import { wildcardsMeet, matchesWildcard } from "../../policy/wildcard.ts";
import type { AccessPolicy } from "./access-policy.ts";
import type { Caller, Claims } from "./caller.ts";
import { decideAccess } from "./decide-access.ts";
import { runExamples } from "./examples.ts";
import { claimScopes, readsStored } from "./grant.ts";
import { provenanceOf } from "./provenance.ts";
import { createQuotas } from "./quotas.ts";
import { readAccessPolicy } from "./read-access-policy.ts";

const issuers = `
issuers:
  github: { url: "https://token.actions.githubusercontent.com", audience: ballast }
  lab: { url: "https://gitlab.example.org", audience: ballast, platform: gitlab }
`;
const text = `${issuers}
rules:
  - name: main
    when: { issuer: github, repository: acme/app, ref: refs/heads/main, event: [push, workflow_dispatch] }
    set: { write: main, trust: trusted }
  - name: queue
    when: { issuer: github, repository: acme/app, event: merge_group }
    set: { write: merge-queue, read: main, trust: trusted }
  - name: changes
    when: { issuer: github, repository: acme/app, event: pull_request }
    set: { write: "pr/{change}", read: [main, merge-queue], trust: internal, quota: { bytes: 1MB, entries: 10, window: 1h } }
  - name: branches
    when: { issuer: github, repository: acme/*, branch: feature/* }
    set: { write: "{branch}", read: main }
  - name: merge-requests
    when: { issuer: lab }
    set: { namespace: "{repository}", write: "mr/{change}", read: main }
  - name: nightly
    when: { token: nightly }
    set: { write: nightly, operate: look }
  - name: forks
    when: { caller: anonymous }
    set: { read: main }
examples:
  - name: a push to main
    caller: { issuer: github, claims: { repository: acme/app, ref: refs/heads/main, event_name: push } }
    expect: { rule: main, writes: [main], reads: [main], notReads: [pr/7], trust: trusted }
  - name: a change
    caller: { issuer: github, claims: { repository: acme/app, ref: refs/pull/7/merge, event_name: pull_request } }
    expect: { rule: changes, writes: [pr/7], reads: [main], notWrites: [main, pr/8], notReads: [pr/8] }
  - name: a stranger
    caller: { anonymous: true }
    expect: { reads: [main], notWrites: [main, pr/7] }
`;
const policy = readAccessPolicy(text, "access.yaml");

function github(claims: Claims): Caller {
  return { kind: "oidc", issuer: "github", platform: "github", claims: { repository: "acme/app", ...claims } };
}

function refusal(of: AccessPolicy, caller: Caller): string | undefined {
  return decideAccess(of, caller).refusal;
}

function problemsOf(rules: string): string {
  try {
    readAccessPolicy(`${issuers}${rules}`, "access.yaml");
    return "";
  } catch (cause) {
    expect(hasCode(cause, "trust/policy-invalid")).toBe(true);
    return (cause as Error).message;
  }
}

describe("deciding", () => {
  test("the policy's own examples hold, and one that does not is told", () => {
    expect(runExamples(policy).flatMap(({ failures }) => failures)).toEqual([]);
    const wrong = text
      .replace("notWrites: [main, pr/8]", "writes: [main, pr/7]")
      .replace("rule: changes", "rule: main");
    const results = runExamples(readAccessPolicy(wrong.replace("writes: [pr/7], ", ""), "access.yaml"));
    expect(results.flatMap(({ failures }) => failures)).toEqual([
      "expected rule main, decided by changes",
      "may not write main",
    ]);
  });

  test("the first rule that applies decides, and says why others do not", () => {
    const caller = github({ ref: "refs/pull/7/merge", event_name: "pull_request" });
    const decision = decideAccess(policy, caller);
    expect(decision.rule).toBe("changes");
    expect(decision.grant).toMatchObject({
      writes: ["pr/7"],
      reads: ["pr/7", "main", "merge-queue"],
      trust: "internal",
    });
    expect(decision.traces[0]?.because).toContain('ref is "refs/pull/7/merge", not "refs/heads/main"');
    expect(refusal(policy, github({ repository: "evil/app", ref: "refs/heads/main" }))).toBe(
      "no rule applies to this caller",
    );
  });

  test("an event whose ref does not say whose code runs gets nothing unless a rule names it", () => {
    const open = readAccessPolicy(
      `${issuers}rules:\n  - { name: main, when: { issuer: github, ref: refs/heads/main }, set: { write: main } }`,
      "access.yaml",
    );
    expect(refusal(open, github({ ref: "refs/heads/main", event_name: "push" }))).toBeUndefined();
    for (const event of ["pull_request_target", "workflow_run", "issue_comment"]) {
      const decision = decideAccess(open, github({ ref: "refs/heads/main", event_name: event }));
      expect(decision.grant).toBeUndefined();
      expect(decision.traces[0]?.because).toContain("must name it");
    }
    expect(refusal(open, github({ ref: "refs/heads/main" }))).toBeDefined();
  });

  test("a read token does not write whatever its rule says", () => {
    const read = decideAccess(policy, { kind: "token", token: "nightly", access: "read" }).grant;
    const write = decideAccess(policy, { kind: "token", token: "nightly", access: "write" }).grant;
    expect([read?.writes, write?.writes, read?.operates]).toEqual([[], ["nightly"], "look"]);
  });

  test("a fact that would change a pattern's meaning fills no template", () => {
    for (const branch of ["feature/*", "feature/x//y", "feature/{ref}"]) {
      expect(refusal(policy, github({ ref: `refs/heads/${branch}`, event_name: "push" }))).toContain("has no value");
    }
    const merge = { pipeline_source: "merge_request_event", project_path: "g/p", ref_path: "refs/heads/main" };
    expect(refusal(policy, { kind: "oidc", issuer: "lab", platform: "gitlab", claims: merge })).toContain(
      "mr/{change}",
    );
  });
});

describe("scopes of a request", () => {
  const changes = decideAccess(policy, github({ ref: "refs/pull/7/merge", event_name: "pull_request" })).grant;
  const forks = decideAccess(policy, { kind: "anonymous" }).grant;
  const lab = decideAccess(policy, {
    kind: "oidc",
    issuer: "lab",
    platform: "gitlab",
    claims: { project_path: "g/p", ref_path: "refs/merge-requests/3/head" },
  }).grant;
  if (changes === undefined || forks === undefined || lab === undefined) throw new Error("a grant is missing");

  test("what is claimed inside is given, what reaches outside is refused", () => {
    expect(claimScopes(changes, "pr/7", ["main"])).toEqual({ scope: "pr/7", mayWrite: true, reads: ["main", "pr/7"] });
    expect(claimScopes(changes, "main", [])).toEqual({ scope: "main", mayWrite: false, reads: ["main"] });
    expect(claimScopes(changes, "pr/8", ["main"])).toContain("pr/8 is not granted");
    expect(claimScopes(changes, "pr/7", ["pr/8"])).toContain("reading pr/8 is not granted");
    for (const name of ["*", "x//main", "{branch}", ""]) expect(typeof claimScopes(changes, name, [])).toBe("string");
  });

  test("who may only read may claim any scope and reads nothing there", () => {
    expect(claimScopes(forks, "pr/99", ["main"])).toEqual({ scope: "pr/99", mayWrite: false, reads: ["main"] });
    expect(claimScopes(forks, "pr/99", ["pr/7"])).toContain("not granted");
  });

  test("a namespace keeps scopes of one name apart", () => {
    expect(claimScopes(lab, "mr/3", ["main"])).toMatchObject({ scope: "g/p//mr/3", reads: ["g/p//main", "g/p//mr/3"] });
    expect(readsStored(lab, "g/p//main")).toBe(true);
    expect(readsStored(lab, "main")).toBe(false);
    expect(readsStored(changes, "g/p//main")).toBe(false);
    expect(claimScopes(lab, "mr/3", ["x".repeat(199)])).toContain("not granted");
  });
});

describe("a policy that would let trust flow up is refused", () => {
  test.each([
    ["write: '{branch}'", "when: { issuer: github }", "may write *"],
    ["write: main", "when: { issuer: github, event: pull_request }", "may write main"],
    ["write: '{ref}'", "when: { issuer: github, ref: [refs/x, 'ma*'] }", "may write ma*"],
  ])("%s %s", (set, when, said) => {
    const rules = `rules:
  - { name: trusted, when: { issuer: github, ref: refs/heads/main }, set: { write: main, trust: trusted } }
  - { name: other, ${when}, set: { ${set} } }`;
    expect(problemsOf(rules)).toContain(said);
  });

  test("apart by namespace, or of one trust, it is none", () => {
    const rules = (set: string): string => `rules:
  - { name: a, when: { issuer: github }, set: { write: main, trust: trusted, namespace: a } }
  - { name: b, when: { issuer: lab }, set: { write: main, ${set} } }`;
    expect(problemsOf(rules("namespace: b"))).toBe("");
    expect(problemsOf(rules("namespace: a, trust: trusted"))).toBe("");
    expect(problemsOf(rules("namespace: '{repository}'"))).toContain("b (untrusted) may write main");
  });

  test.each([
    ["{ name: a, set: { write: main } }", "an anonymous caller would get to write"],
    ["{ name: a, when: { caller: '*' }, set: { operate: look } }", "an anonymous caller"],
    ["{ name: a, when: { token: x }, set: { write: 'pr/{chnge}' } }", "{chnge} is no fact"],
    ["{ name: a, when: { token: x }, set: { write: 'a//b' } }", "is not a scope"],
    ["{ name: a, when: { token: x }, set: { write: a, trust: high } }", "is not one of untrusted"],
    ["{ name: a, when: { token: x }, enforce: true, set: { write: a } }", "enforce means nothing"],
    ["{ name: a, when: { rpository: x }, set: { read: a } }", "there is no such fact"],
    ["{ name: a, when: { token: x }, set: { read: a, quota: { bytes: 1GB, per: who } } }", "is not a mapping"],
  ])("%s", (rule, said) => {
    expect(problemsOf(`rules:\n  - ${rule}`)).toContain(said);
  });

  test.each([
    ["{ url: 'http://elsewhere.example', audience: a }", "is no https address"],
    ["{ url: 'https://x.example' }", "audience: is missing"],
    ["{ url: 'https://x.example', audience: a, algorithms: [HS256] }", "algorithms: is not"],
    ["{ url: 'https://x.example', audience: a, algorithms: [none] }", "algorithms: is not"],
    ["{ url: 'https://x.example', audience: a, once: maybe }", "once: is not"],
  ])("the issuer %s", (issuer, said) => {
    const read = (): unknown =>
      readAccessPolicy(`issuers: { x: ${issuer} }\nrules: [{ name: a, set: { read: a } }]`, "p");
    expect(read).toThrow(said);
  });
});

test("two patterns meet exactly when some text is as both say", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 5 });
  const texts = ["", "a", "b"].flatMap((a) => ["", "a", "b"].flatMap((b) => ["", "a", "b"].map((c) => a + b + c)));
  const longer = texts.flatMap((head) => texts.flatMap((mid) => texts.map((tail) => head + mid + tail)));
  const all = [...new Set(longer)];
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const some = all.some((one) => matchesWildcard(a, one) && matchesWildcard(b, one));
      expect(wildcardsMeet(a, b)).toBe(some);
    }),
    { numRuns: 300 },
  );
});

test("a verified token wins over what the runner says, and nobody says the server's part himself", () => {
  const claimed = {
    repository: "acme/app",
    actor: "alice",
    job: "build",
    goVersion: "go1.26",
    trust: "trusted",
    node: "x",
  };
  const context = { scope: "a", ancestors: [], toolchain: "c".repeat(64), image: "0".repeat(64), provenance: claimed };
  expect(provenanceOf(context, undefined, undefined)).toEqual({
    repository: "acme/app",
    actor: "alice",
    job: "build",
    goVersion: "go1.26",
    toolchain: "c".repeat(16),
  });
  const caller = github({
    sub: "repo:acme/app:ref:refs/heads/main",
    actor: "mallory",
    ref: "refs/heads/main",
    event_name: "push",
  });
  const grant = decideAccess(policy, caller).grant;
  if (grant === undefined) throw new Error("no grant");
  expect(provenanceOf(context, "node-1", { caller, grant })).toEqual({
    repository: "acme/app",
    ref: "refs/heads/main",
    actor: "mallory",
    job: "build",
    goVersion: "go1.26",
    caller: "github repo:acme/app:ref:refs/heads/main",
    rule: "main",
    trust: "trusted",
    toolchain: "c".repeat(16),
    node: "node-1",
  });
});

test("a quota counts in windows, for each key of its own, and takes nothing that breaks it", () => {
  const quotas = createQuotas();
  const quota = { key: "a", windowMs: 1000, bytesMax: 10, entriesMax: 3, requestsMax: Infinity };
  const charge = (bytes: number, nowMs: number, key = "a"): string | undefined =>
    quotas.charge({ ...quota, key }, { bytes, entries: 1, requests: 0 }, nowMs);
  expect([charge(6, 0), charge(6, 0), charge(4, 0), charge(1, 0), charge(0, 0), charge(0, 0)]).toEqual([
    undefined,
    "bytes",
    undefined,
    "bytes",
    undefined,
    "entries",
  ]);
  expect([charge(6, 0, "b"), charge(6, 1000)]).toEqual([undefined, undefined]);
});
