import { describe, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { archiveName, incomingFolder, readCarriedFolder, replaceCarried } from "./carried-folder.ts";
import { parseDockerfile } from "./carried-dockerfile.ts";
import { mountsToCarry } from "./folder-carry.ts";

describe("the folder", () => {
  test("gives what was put in, replaces it as a whole, and says when it is damaged", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ballast-carried-"));
    try {
      expect(await readCarriedFolder(join(folder, "absent"))).toBeUndefined();
      writeFileSync(join(folder, "of-somebody-else"), "");
      for (const round of ["one", "two"]) {
        const incoming = incomingFolder(folder);
        writeFileSync(join(incoming, archiveName(0)), round);
        const kept = await replaceCarried(folder, crypto.randomUUID(), ["/cache"]);
        expect(await readCarriedFolder(folder)).toEqual(kept);
        expect(kept.archives).toMatchObject([{ mount: "/cache", sizeBytes: 3 }]);
      }
      const names = readdirSync(folder);
      const others = names.filter((name) => !name.endsWith(".tar"));
      expect(names).toHaveLength(3);
      expect(others.toSorted()).toEqual(["carried.json", "of-somebody-else"]);
      const read = async (): Promise<string> => {
        try {
          await readCarriedFolder(folder);
          return "whole";
        } catch (cause) {
          return (cause as { code: string }).code;
        }
      };
      const archive = join(folder, names.find((name) => name.endsWith(".tar")) ?? "");
      writeFileSync(archive, "tw0");
      expect(await read()).toBe("build/image-carried-damaged");
      appendFileSync(archive, "x");
      expect(await read()).toBe("build/image-carried-damaged");
      for (const text of ["", "[]", "null", '{"version":1,"id":"$(id)","archives":[]}', "x".repeat(200_000)]) {
        writeFileSync(join(folder, "carried.json"), text);
        expect(await read()).toBe("build/image-carried-damaged");
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test("cache mounts of steps that run go, each once; not one whose name only the build knows", () => {
  const text = `FROM golang:1.26
ARG NAME
RUN --mount=type=cache,target=/go/pkg/mod go mod download
RUN --mount=type=cache,target=/var/cache/apt apt-get update
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,id=build,target=/root/.cache/go-build \\
    --mount=type=cache,id=$NAME,target=/a --mount=type=cache,from=other,target=/b --mount=type=bind,target=/c go build .
`;
  const mounts = mountsToCarry(parseDockerfile("Dockerfile", text));
  expect(mounts.map(({ id }) => id)).toEqual(["/go/pkg/mod", "build"]);
});
