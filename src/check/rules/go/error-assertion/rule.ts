/** `err.(T)` with one result: it panics as soon as the error is wrapped, or is another one. */

import { bareAssertions, isGuarded } from "../../../go/idiom/assertions.ts";
import { functionName } from "../../../go/idiom/control.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import type { GoRule } from "../../../go/rule.ts";

export const rule: GoRule = {
  meta: {
    id: "go/error-assertion",
    title: "an error asserted without a check",
    category: "nil",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const assertion of bareAssertions(pkg)) {
      const type = pkg.typeOf(assertion.x);
      if (type?.kind !== "named" || type.name !== "error" || type.pkgPath !== "") continue;
      if (inTest(pkg, assertion.node) || isGuarded(pkg, assertion)) continue;
      if (/^must/iu.test(functionName(pkg.tree, pkg.tree.func(assertion.node)))) continue;
      report(pkg.place(assertion.node), {
        message: `${pkg.text(assertion.x)} is taken to be ${pkg.text(assertion.type)}: this panics when it is another error, or wrapped`,
        why: "Whoever returns the error may wrap it or return another one some day; errors.As finds the one inside and does not panic.",
        confidence: "medium",
      });
    }
  },
};
