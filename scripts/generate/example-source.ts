/** The demo's default input as a generated module, so that an executable that was copied alone has it too. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

const example = "examples/notes";

/** Text by path, not yet formatted. The example's tests are left out: the demo builds, it does not test. */
export function generateExample(root: string): Map<string, string> {
  const found = [...new Bun.Glob("**/*.{go,mod}").scanSync({ cwd: join(root, example) })];
  const files = found.filter((path) => !path.endsWith("_test.go")).toSorted();
  const rows = files.map((path) => {
    const text = readFileSync(join(root, example, path), "utf8");
    return `${JSON.stringify(path)}: ${JSON.stringify(text)},`;
  });
  const source = `// Written by \`npm run generate\`; do not edit.

/** The files of ${example}, by their paths in it. */
export const exampleNotes: Readonly<Record<string, string>> = {\n${rows.join("\n")}\n};\n`;
  return new Map([["src/build/generated/example-notes.ts", source]]);
}
