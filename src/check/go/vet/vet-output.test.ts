import { expect, test } from "bun:test";
import { vetRules } from "./analysers.ts";
import { vetFindings } from "./vet-output.ts";

const rules = new Map(vetRules.map((rule) => [rule.id, rule]));

const output = `# m/a
{
	"m/a": {
		"copylocks": [
			{
				"posn": "/r/a/a.go:10:10",
				"end": "/r/a/a.go:10:11",
				"message": "f passes lock by value: a.T contains sync.Mutex"
			}
		],
		"printf": [{"posn": "/r/a/a.go:1:1", "message": "not ours"}],
		"lostcancel": {"error": "analysis skipped"}
	}
}
# m/a [m/a.test]
{
	"m/a [m/a.test]": {
		"copylocks": [
			{
				"posn": "/r/a/a.go:10:10",
				"end": "/r/a/a.go:10:11",
				"message": "f passes lock by value: a.T contains sync.Mutex"
			}
		]
	}
}
`;

test("what vet says of a package and of its variant with tests is one finding, relative to the root", () => {
  const [finding, ...others] = vetFindings(output, "/r", rules);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ rule: "vet/copylocks", path: "a/a.go", line: 10, column: 10, endColumn: 11 });
});

test("only the rules that were asked for, and nothing of output that was cut off", () => {
  expect(vetFindings(output, "/r", new Map())).toEqual([]);
  expect(vetFindings(output.slice(0, 200), "/r", rules)).toEqual([]);
});
