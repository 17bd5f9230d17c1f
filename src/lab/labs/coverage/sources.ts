/** The module that scenarios measure: ten statements, of which the tests run four. */

export const moduleSources: Readonly<Record<string, string>> = {
  "go.mod": "module example.org/cov\n\ngo 1.21\n",
  "a/a.go":
    "package a\n\nfunc Sign(n int) int {\n\tif n < 0 {\n\t\treturn -1\n\t}\n\tif n == 0 {\n\t\treturn 0\n\t}\n\treturn 1\n}\n",
  "a/a_test.go": testSource("a", "Sign(3) != 1"),
  "b/b.go": "package b\n\nfunc One() int { return 1 }\n\nfunc Two() int {\n\treturn 2\n}\n",
  "b/b_test.go": testSource("b", "Two() != 2"),
  "c/c.go": "package c\n\nfunc Never(n int) int {\n\tn++\n\tn *= 2\n\treturn n\n}\n",
  "c/c_test.go": testSource("c", "1 > 2"),
};

/** The share that the tests of `moduleSources` cover. */
export const truePercent = 40;

/** A test that fails when `condition` holds. */
export function testSource(name: string, condition: string): string {
  return `package ${name}\n\nimport "testing"\n\nfunc TestIt(t *testing.T) {\n\tif ${condition} {\n\t\tt.Fatal()\n\t}\n}\n`;
}

export const programSources: Readonly<Record<string, string>> = {
  "go.mod": "module example.org/bin\n\ngo 1.21\n",
  "main.go": 'package main\n\nimport "example.org/bin/lib"\n\nfunc main() {\n\tprintln(lib.F(1))\n}\n',
  "lib/lib.go": "package lib\n\nfunc F(n int) int {\n\tif n > 1 {\n\t\treturn 1\n\t}\n\treturn 2\n}\n",
};
