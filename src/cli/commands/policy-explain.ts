import { type Plan, planCommand } from "../../build/governance.ts";
import { namedPolicies } from "../../build/policy/named-policies.ts";
import { buildSettings } from "../../build/settings.ts";
import { settingFlags } from "../../core/settings.ts";
import { loadSettingsFile } from "../../core/settings-file.ts";
import { createStyle } from "../../core/style.ts";
import { formatTable } from "../../core/table.ts";
import { decideAccess } from "../../cache/trust/decide-access.ts";
import { accessFlags, type AskedCaller, type CallerFlags, readCaller, requireAccessPolicy } from "../access-target.ts";
import { decisionJson, decisionText } from "../access-text.ts";
import { type CommandContext, defineCommand } from "../command.ts";

/** `ballast policy explain -- go test -race ./...` */
export const command = defineCommand({
  path: ["policy", "explain"],
  summary: "say what policy would make of a go command, or grant to a caller of the cache; by which rule, and why",
  details:
    "Takes the command with or without the word `go`, and reads the settings as `ballast go` does. Without a command it " +
    "tells what policies Ballast brings, with what was measured for each.",
  positionals: "[go] ARGS…",
  passThrough: true,
  flags: {
    ...settingFlags(buildSettings),
    ...accessFlags,
    token: {
      type: "string",
      valueName: "FILE",
      doc: "Explain what an access policy grants to the bearer of the token in this file; the token is checked, too.",
    },
    claims: {
      type: "string",
      valueName: "FILE",
      doc: "The same for a JSON object of claims, as a verified token would have them.",
    },
    issuer: {
      type: "string",
      valueName: "NAME",
      doc: "Whose token or claims they are, where the policy has several issuers.",
    },
    anonymous: { type: "boolean", doc: "The same for somebody without a token." },
    json: { type: "boolean", doc: "Print one JSON object." },
  },
  examples: [
    {
      line: "ballast policy explain --access access.yaml --claims claims.json",
      remark: "Which rule of an access policy decides of these claims.",
    },
    { line: "ballast policy explain -- go test -race ./...", remark: "What would be set for it." },
    { line: "ballast policy explain", remark: "The policies that come with Ballast." },
  ],
  run: async (context, given, words) => {
    if (given.token !== undefined || given.claims !== undefined || given.anonymous === true) {
      return explainAccess(context, given);
    }
    const args = words[0] === "go" ? words.slice(1) : words;
    if (args.length === 0) {
      context.stdout.write(given.json === true ? `${JSON.stringify({ policies: namedPolicies })}\n` : policiesText());
      return 0;
    }
    const { env, cwd } = context;
    const plan = await planCommand({ args, cwd, env }, { flags: given, file: loadSettingsFile(cwd) });
    context.stdout.write(
      given.json === true ? `${JSON.stringify(planJson(plan, context))}\n` : planText(plan, context),
    );
    return 0;
  },
});

interface AccessFlagValues extends CallerFlags {
  readonly anonymous: boolean | undefined;
  readonly json: boolean | undefined;
}

async function explainAccess(
  context: CommandContext,
  given: AccessFlagValues & Record<string, unknown>,
): Promise<number> {
  const policy = requireAccessPolicy(context, given);
  const { caller, verified }: AskedCaller =
    given.anonymous === true ? { caller: { kind: "anonymous" }, verified: undefined } : await readCaller(policy, given);
  const decision = decideAccess(policy, caller);
  const style = createStyle(context.stdout, context.env);
  const note = verified === undefined ? "" : `${style.bold("token")}      ${verified}\n`;
  const json = { verified, ...(decisionJson(decision) as object) };
  context.stdout.write(given.json === true ? `${JSON.stringify(json)}\n` : note + decisionText(decision, style));
  return decision.grant === undefined ? 1 : 0;
}

function planJson(plan: Plan, { env }: CommandContext): unknown {
  const traces = plan.decision?.traces ?? [];
  return {
    command: ["go", ...plan.args],
    variables: changedVariables(plan, env),
    cache: { mode: plan.mode, from: plan.modeFrom },
    settings: plan.applied,
    facts: plan.decision?.facts ?? {},
    rules: traces.map(({ rule, applies, because }) => ({
      name: rule.name,
      origin: rule.origin,
      why: rule.why,
      enforce: rule.isEnforced,
      applies,
      because,
    })),
  };
}

function changedVariables({ env: governed }: Plan, env: CommandContext["env"]): Record<string, string> {
  const changed = Object.entries(governed).filter(([name, value]) => value !== undefined && value !== env[name]);
  return Object.fromEntries(changed as [string, string][]);
}

function planText(plan: Plan, context: CommandContext): string {
  const { bold } = createStyle(context.stdout, context.env);
  const variables = Object.entries(changedVariables(plan, context.env)).map(([name, value]) => `${name}=${value}`);
  const parts = [
    `${bold("runs")}   ${[...variables, "go", ...plan.args].map(shellWord).join(" ")}`,
    `${bold("cache")}  ${plan.mode} (${plan.modeFrom})`,
    "",
  ];
  if (plan.decision === undefined) return [...parts, "No policy is configured.", ""].join("\n");
  const settings = plan.applied.map(({ key, value, rule, outcome, detail }) => [key, value, rule, outcome, detail]);
  const table =
    settings.length === 0
      ? "Nothing is set.\n"
      : formatTable(["SETTING", "VALUE", "RULE", "OUTCOME", "DETAIL"], settings, { styleTitle: bold });
  const rules = plan.decision.traces.map(({ rule, applies, because }) => {
    const why = applies && rule.why !== "" ? `\n    why: ${rule.why}` : "";
    const enforced = rule.isEnforced ? ", enforced" : "";
    return `  ${rule.name} (${rule.origin}${enforced}) ${applies ? "applies" : "does not apply"}: ${because}${why}${applies ? truthOf(rule.name) : ""}`;
  });
  return [...parts, table, bold("rules"), ...rules, ""].join("\n");
}

function truthOf(name: string): string {
  const truth = namedPolicies.find((policy) => policy.name === name)?.truth ?? [];
  return truth.map((sentence) => `\n    measured: ${sentence}`).join("");
}

function policiesText(): string {
  return namedPolicies
    .map(({ name, summary, truth }) =>
      [name, `  ${summary}`, ...truth.map((one) => `  measured: ${one}`), ""].join("\n"),
    )
    .join("\n");
}

function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
