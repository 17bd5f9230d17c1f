/** How `ballast policy` shows what an access policy decides of a caller. */

import type { AccessDecision } from "../cache/trust/decide-access.ts";
import type { Style } from "../core/style.ts";

/** The decision as `--json` has it. */
export function decisionJson({ grant, rule, refusal, traces, facts }: AccessDecision): unknown {
  const rules = traces.map(({ rule: { name, origin, why }, applies, because }) => ({
    name,
    origin,
    why,
    applies,
    because,
  }));
  return { granted: grant !== undefined, rule, refusal, grant, facts, rules };
}

export function decisionText({ grant, rule, refusal, traces }: AccessDecision, { bold }: Pick<Style, "bold">): string {
  const lines =
    grant === undefined
      ? [`${bold("refused")}    ${refusal ?? ""}`]
      : [
          `${bold("decided by")} ${rule ?? ""}`,
          `${bold("trust")}      ${grant.trust}`,
          ...(grant.namespace === "" ? [] : [`${bold("namespace")}  ${grant.namespace}`]),
          `${bold("writes")}     ${grant.writes.join(", ") || "nothing"}`,
          `${bold("reads")}      ${grant.reads.join(", ") || "nothing"}`,
          `${bold("operates")}   ${grant.operates}`,
          ...(grant.quota === undefined ? [] : [`${bold("quota")}      ${quotaText(grant.quota)}`]),
        ];
  const rules = traces.map(({ rule: { name, origin, why }, applies, because }) => {
    const reason = applies && why !== "" ? `\n    why: ${why}` : "";
    return `  ${name} (${origin}) ${applies ? "applies" : "does not apply"}: ${because}${reason}`;
  });
  return [...lines, "", bold("rules, the first that applies decides"), ...rules, ""].join("\n");
}

function quotaText(quota: NonNullable<AccessDecision["grant"]>["quota"] & object): string {
  const limits = [
    ["bytes", quota.bytesMax],
    ["entries", quota.entriesMax],
    ["requests", quota.requestsMax],
  ] as const;
  const told = limits.filter(([, max]) => max !== Infinity).map(([name, max]) => `${max} ${name}`);
  return `${told.join(", ")} in ${quota.windowMs / 1000} s, counted as ${quota.key}`;
}
