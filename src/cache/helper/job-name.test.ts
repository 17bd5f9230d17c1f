import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { type JobFacts, nameJob } from "./job-name.ts";

const folder = mkdtempSync(`${tmpdir()}/ballast-job-`);
mkdirSync(`${folder}/cmd/tool`, { recursive: true });
writeFileSync(`${folder}/go.mod`, "module example.org/shop // the shop\n\ngo 1.24\n");
afterAll(() => rmSync(folder, { recursive: true }));

function facts(goWords: string[], over: Partial<JobFacts> = {}): JobFacts {
  return { name: undefined, cwd: folder, goWords, goos: "linux", goarch: "amd64", revision: "", ...over };
}

test("a job is its module and its go command", () => {
  expect(nameJob(facts(["go", "test", "-race", "./..."])).job).toBe(
    "example.org/shop . linux/amd64 go test -race ./...",
  );
  expect(nameJob(facts(["go", "build"], { cwd: `${folder}/cmd/tool` })).job).toContain("example.org/shop cmd/tool ");
});

test("where the result goes does not matter", () => {
  const plain = nameJob(facts(["go", "build", "./cmd/tool"]));
  expect(nameJob(facts(["/usr/bin/go", "build", "-o", "/tmp/x", "./cmd/tool"]))).toEqual(plain);
  expect(nameJob(facts(["go", "build", "--o=/tmp/y", "./cmd/tool"]))).toEqual(plain);
  expect(nameJob(facts(["go", "build", "-debug-actiongraph=/tmp/z", "./cmd/tool"]))).toEqual(plain);
});

test("what may be a secret is not told: it neither changes a package nor belongs on a server", () => {
  const plain = nameJob(facts(["go", "build", "-tags=prod", "."]));
  expect(nameJob(facts(["go", "build", "-ldflags", "-X main.key=s3cret", "-tags", "prod", "."]))).toEqual(plain);
  expect(nameJob(facts(["go", "run", ".", "--password", "s3cret"])).job).toEndWith(" go run .");
  expect(nameJob(facts(["go", "test", "./...", "-args", "-token=s3cret"])).job).not.toContain("s3cret");
});

test("a name that was given wins, the family stays", () => {
  const job = nameJob(facts(["go", "vet"], { name: "lint" }));
  expect(job).toMatchObject({ job: "lint", family: "example.org/shop linux/amd64" });
});
