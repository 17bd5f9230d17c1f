import { expect, test } from "bun:test";
import { programPlace } from "./program-places.ts";

const where = { cwd: "/job", gobin: "/home/go/bin" };
const place = (line: string): string | undefined => programPlace(line.split(" "), where);

test("go build writes where -o says, else where it runs", () => {
  expect(place("build -o bin/tool ./cmd/tool")).toBe("/job/bin/tool");
  expect(place("build -o=/out/ ./cmd/...")).toBe("/out");
  expect(place("build -race ./cmd/tool")).toBe("/job");
});

test("go install writes into GOBIN, go test where it is told to leave its program", () => {
  expect(place("install example.org/tool@v1.2.3")).toBe("/home/go/bin");
  expect(place("test -c ./pkg")).toBe("/job");
  expect(place("test -c -o pkg.test ./pkg")).toBe("/job/pkg.test");
});

test("other commands leave no program", () => {
  expect(place("test ./...")).toBeUndefined();
  expect(place("vet ./...")).toBeUndefined();
  expect(place("run . -o x")).toBeUndefined();
  expect(programPlace([], where)).toBeUndefined();
  expect(programPlace(["install"], { ...where, gobin: "" })).toBeUndefined();
});
