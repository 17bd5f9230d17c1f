import { runExamples } from "../../cache/trust/examples.ts";
import { createStyle } from "../../core/style.ts";
import { accessFlags, requireAccessPolicy } from "../access-target.ts";
import { counted } from "../cache-output.ts";
import { defineCommand } from "../command.ts";

/** `ballast policy test` */
export const command = defineCommand({
  path: ["policy", "test"],
  summary: "check an access policy, and run the examples that it carries",
  details:
    "Mistakes in the file are listed all at once. So are rules by which something trusted could read what something less " +
    "trusted writes. Each example says who asks and what it is expected to get; one that gets something else makes the exit status 1.",
  flags: { ...accessFlags, json: { type: "boolean", doc: "Print one JSON object." } },
  examples: [
    { line: "ballast policy test --access access.yaml", remark: "In the pipeline of the policy's repository." },
  ],
  run: (context, given) => {
    const policy = requireAccessPolicy(context, given);
    const results = runExamples(policy);
    const failed = results.filter(({ failures }) => failures.length > 0);
    const { bold } = createStyle(context.stdout, context.env);
    if (given.json === true) {
      const examples = results.map(({ name, failures, decision: { rule } }) => ({ name, rule, failures }));
      const { digest } = policy;
      context.stdout.write(
        `${JSON.stringify({ digest, rules: policy.rules.length, examples, failed: failed.length })}\n`,
      );
    } else {
      for (const { name, failures } of failed) {
        context.stdout.write(`${bold(name)}\n${failures.map((failure) => `  ${failure}\n`).join("")}`);
      }
      const passed = counted(results.length - failed.length, "example", "examples");
      const rules = counted(policy.rules.length, "rule", "rules");
      context.stdout.write(`${rules}, ${passed} as expected${failed.length === 0 ? "" : `, ${failed.length} not`}\n`);
    }
    return Promise.resolve(failed.length === 0 ? 0 : 1);
  },
});
