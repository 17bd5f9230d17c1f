import { expect, test } from "bun:test";

import { createStyle } from "./style.ts";
import { formatFacts, formatTable } from "./table.ts";

test("text is left, numbers are right, no trailing blanks", () => {
  const rows = [
    ["native", "12.1 s", ""],
    ["runner 2", "1.4 s", "97.3%"],
  ];
  expect(formatTable(["run", "time", "hits"], rows)).toBe(
    ["run         time   hits", "native    12.1 s", "runner 2   1.4 s  97.3%", ""].join("\n"),
  );
});

test("wide characters, styles, missing cells and line feeds keep the columns", () => {
  const { bold } = createStyle({ isTTY: true }, {});
  const table = formatTable([{ title: "名", align: "left" }, "b"], [["日本", "x\ny"], [bold("a")]], {
    styleTitle: bold,
  });
  expect(Bun.stripANSI(table)).toBe("名    b\n日本  x y\na\n");
});

test("an empty table has its titles", () => {
  expect(formatTable(["a", "b"], [])).toBe("a  b\n");
});

test("facts", () => {
  expect(
    formatFacts([
      ["server", "none"],
      ["entries", "12"],
    ]),
  ).toBe("server   none\nentries  12\n");
  expect(formatFacts([])).toBe("");
});

test("colour only on a terminal that wants it", () => {
  expect(createStyle({ isTTY: true }, {}).red("x")).toBe("\u001b[31mx\u001b[39m");
  for (const [isTTY, env] of [
    [false, {}],
    [true, { NO_COLOR: "1" }],
    [true, { TERM: "dumb" }],
  ] as const) {
    expect(createStyle({ isTTY }, env).red("x")).toBe("x");
  }
  expect(createStyle({ isTTY: true }, { NO_COLOR: "" }).red("x")).not.toBe("x");
});
