/** Go's package patterns, where `...` stands for any run of characters (`go help packages`). */

/**
 * Whether two patterns have a package in common. A pattern that ends in `/...` means the folder itself too.
 * @param rule of a policy, `./internal/...` or `example.org/app/internal/...`
 * @param asked of a command line, resolved to import paths where that could be done
 */
export function packagePatternsMeet(rule: string, asked: string): boolean {
  return forms(rule).some((a) => forms(asked).some((b) => meet(a, b)));
}

/** `./a` and `a` are one place as long as both are meant from the module's root. */
function forms(pattern: string): string[] {
  const plain = pattern.replace(/^\.\//, "").replaceAll("...", "*");
  return plain.endsWith("/*") ? [plain, plain.slice(0, -2)] : [plain];
}

/** Whether some text is as both patterns say. Quadratic in their lengths, which are short. */
function meet(a: string, b: string): boolean {
  let row = reach(new Set([0]), b);
  for (const character of a) {
    const next = new Set<number>();
    for (const at of row) step(character, at, b, next);
    row = reach(next, b);
  }
  return row.has(b.length);
}

/** Where in `b` one may be after `character` of `a`. */
function step(character: string, at: number, b: string, next: Set<number>): void {
  if (character === "*") {
    for (let end = at; end <= b.length; end++) next.add(end);
  } else if (b[at] === "*") {
    next.add(at);
  } else if (b[at] === character) {
    next.add(at + 1);
  }
}

/** A star of `b` may stand for nothing. */
function reach(places: Set<number>, b: string): Set<number> {
  for (const at of places) if (b[at] === "*") places.add(at + 1);
  return places;
}
