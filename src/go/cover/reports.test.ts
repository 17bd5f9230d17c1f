import { expect, test } from "bun:test";
import { coberturaText } from "./cobertura.ts";
import { lcovText } from "./lcov.ts";
import { readProfileChunks } from "./read-profile.ts";

const { profile } = readProfileChunks(
  [Buffer.from("mode: count\nm/a/a.go:5.22,6.11 1 2\nm/a/a.go:6.11,8.3 1 0\nm/b.go:6.2,7.1 1 3\n")],
  "p",
);

test("LCOV: a line ran as often as the most of its blocks, and a block that ends before a line is not on it", () => {
  expect([...lcovText(profile, (file) => file.slice(2))].join("")).toBe(
    "TN:\nSF:a/a.go\nDA:5,2\nDA:6,2\nDA:7,0\nDA:8,0\nLF:4\nLH:2\nend_of_record\n" +
      "TN:\nSF:b.go\nDA:6,3\nLF:1\nLH:1\nend_of_record\n",
  );
});

test("Cobertura: rates by package, and names that XML could not hold", () => {
  const text = [...coberturaText(profile, { pathOf: (file) => `<${file}\u0001>`, sources: ["/r&d"], timeMs: 7 })].join(
    "",
  );
  expect(text).toContain("<source>/r&amp;d</source>");
  expect(text).toContain('line-rate="0.6000" branch-rate="0" lines-covered="3" lines-valid="5"');
  expect(text).toContain('<package name="m/a" line-rate="0.5000"');
  expect(text).toContain('filename="&lt;m/a/a.go\ufffd&gt;"');
  expect(text).toContain('<line number="7" hits="0"/>');
});
