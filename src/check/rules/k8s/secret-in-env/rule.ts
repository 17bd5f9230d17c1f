import { compilesGo, containersOf } from "../../../k8s/go-pods.ts";
import type { K8sRule } from "../../../k8s/rule.ts";
import type { Container, Written } from "../../../k8s/model.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/secret-in-env",
    title: "a secret is written into a manifest",
    category: "secret",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const { workload } = container;
      // A chat service's password is not this checker's business; the credentials of a Go build are.
      if (container.goReason === undefined && !compilesGo(container) && container.builder === undefined) continue;
      for (const { name, value } of secretsOf(container)) {
        report(workload.place(value), {
          message: `${name} of ${container.name} is written out in the manifest: everyone who reads the repository or the ${workload.kind} has it`,
          why: "A Secret with secretKeyRef keeps it out of Git and out of what `kubectl get` shows.",
        });
      }
    }
  },
};

const secretName =
  /(?:^|_)(?:TOKEN|PASSWORD|PASSWD|SECRET|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|API_KEY|APIKEY|CREDENTIALS?)$/i;

function secretsOf({ env, words }: Container): { name: string; value: Written }[] {
  const variables = env.flatMap(({ name, value }) => {
    const isSecret =
      value !== undefined && ((secretName.test(name) && isLiteral(value.text)) || hasPassword(value.text));
    return isSecret ? [{ name, value }] : [];
  });
  const args = words.flatMap((value) => {
    const [, name, text] = /^(?:--build-arg[= ])(\w+)=(.*)$/.exec(value.text) ?? [];
    return name !== undefined && secretName.test(name) && isLiteral(text ?? "") ? [{ name, value }] : [];
  });
  return [...variables, ...args];
}

/** No reference, no placeholder, no path. */
function isLiteral(value: string): boolean {
  return (
    value.length >= 6 &&
    !/^\$|^<.*>$|^(?:changeme|change-me|example|dummy|placeholder|xxx+|REPLACE.*|your[-_].*)$|^\/|\{\{|^\*+$/i.test(
      value,
    )
  );
}

function hasPassword(value: string): boolean {
  const password = /\b[a-z]+:\/\/[^\s/@:]*:([^\s/@]+)@/i.exec(value)?.[1];
  return password !== undefined && isLiteral(password) && !password.startsWith("$");
}
