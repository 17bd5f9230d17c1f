import { allJobs, goCommands, jobName } from "../../../ci/cache-relations.ts";
import type { CiRule } from "../../../ci/rule.ts";
import type { Environment } from "../../../ci/model.ts";

export const rule: CiRule = {
  meta: {
    id: "ci/secret-in-binary",
    title: "a secret linked into a program with -ldflags -X",
    category: "secret",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const job of allJobs(model)) {
      for (const command of goCommands(job)) {
        const written = [command.go.flags.get("ldflags") ?? "", command.env.get("GOFLAGS")?.text ?? ""].join(" ");
        const found = secretSetting(written, command.env);
        if (found === undefined) continue;
        report(command.place, {
          message: `${jobName(job)} links the secret ${found.secret} into ${found.name}: whoever has the program has the secret`,
          why: "strings(1) shows what -X sets, and the program is uploaded, pushed in an image and kept in caches.",
          confidence: found.isSure ? "high" : "medium",
        });
      }
    }
  },
};

interface Setting {
  readonly name: string;
  readonly secret: string;
  readonly isSure: boolean;
}

/** A `-X name=value` whose value is a secret of the platform, or a variable that is named like one. */
function secretSetting(flags: string, env: Environment): Setting | undefined {
  for (const [, name = "", value = ""] of flags.matchAll(/-X[ =]?\s*['"]?([\w./-]+)=((?:\$\{\{[^}]*\}\}|[^\s'"])+)/g)) {
    const direct = /\$\{\{\s*secrets\.(\w+)/.exec(value)?.[1];
    if (direct !== undefined && !isPublic(direct)) return { name, secret: `secrets.${direct}`, isSure: true };
    const variable = /\$\{?(\w+)\}?/.exec(value)?.[1];
    if (variable === undefined || isPublic(variable)) continue;
    const source = env.get(variable)?.text ?? "";
    if (/\$\{\{[^}]*secrets\./.test(source)) return { name, secret: variable, isSure: true };
    if (/(?:TOKEN|SECRET|PASSWORD|PASSWD|PRIVATE_?KEY|API_?KEY)$/i.test(variable)) {
      return { name, secret: variable, isSure: false };
    }
  }
  return undefined;
}

/** Ids that are made to be in programs. */
function isPublic(name: string): boolean {
  return /CLIENT_?ID|PUBLIC|DSN|VERSION|COMMIT|SHA\b|WRITE_?KEY|PUBLISHABLE|URL$/i.test(name);
}
