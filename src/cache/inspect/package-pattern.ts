/**
 * Whether a package path matches a pattern as `go help packages` has it: `...` stands for anything, and `x/...` is x
 * too. Test packages match with and without their `_test`.
 */
export function matchesPackage(pattern: string, path: string): boolean {
  const matcher = patternExpression(pattern);
  return matcher.test(path) || (path.endsWith("_test") && matcher.test(path.slice(0, -"_test".length)));
}

function patternExpression(pattern: string): RegExp {
  const escaped = pattern.split("...").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const source = escaped.join(".*").replace(/\/\.\*$/, "(?:/.*)?");
  return new RegExp(`^${source}$`, "s");
}
