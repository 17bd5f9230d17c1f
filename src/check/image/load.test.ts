import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { memoryTree } from "../source-tree.ts";
import { goCacheSetting, goModCacheSetting } from "./go-places.ts";
import { loadImages } from "./load.ts";
import type { ImageModel, RunStep } from "./model.ts";

function runsOf(model: ImageModel): RunStep[] {
  return model.dockerfiles.flatMap(({ stages }) =>
    stages.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === "run" ? [step] : []))),
  );
}

async function load(dockerfile: string, more: Record<string, string> = {}): Promise<ImageModel> {
  return loadImages(memoryTree({ Dockerfile: dockerfile, ...more }));
}

/** GOCACHE and GOMODCACHE of each go command, `?` where it is not known. */
async function caches(dockerfile: string): Promise<string[]> {
  return runsOf(await load(dockerfile)).flatMap((step) =>
    step.gos.map((go) =>
      [goCacheSetting(step, go), goModCacheSetting(step, go)]
        .map((setting) => (setting.state === "known" ? setting.value : "?"))
        .join(" "),
    ),
  );
}

describe("where go keeps its caches", () => {
  test("in the official image, by its user and its variables", async () => {
    const text = `ARG VERSION=1.25
FROM golang:\${VERSION} AS base
RUN go build .
USER nobody
RUN go build .
FROM base AS next
USER root
ENV GOCACHE=/cache GOPATH=/home/go
RUN go build .
RUN GOCACHE=/other go build . && export XDG_CACHE_HOME=/x && GOCACHE= go vet
FROM example.com/builder
RUN go build .
`;
    expect(await caches(text)).toEqual([
      "/root/.cache/go-build /go/pkg/mod",
      "? /go/pkg/mod",
      "/cache /home/go/pkg/mod",
      "/other /home/go/pkg/mod",
      "/x/go-build /home/go/pkg/mod",
      "? ?",
    ]);
  });

  test("of a user that the Dockerfile creates", async () => {
    const text = `FROM golang:1.25-alpine
RUN adduser -D -u 1001 app && mkdir /src
USER app
RUN go env -w GOMODCACHE=/mods
RUN go build .`;
    expect(await caches(text)).toEqual(["/home/app/.cache/go-build /mods", "/home/app/.cache/go-build /mods"]);
  });
});

describe("a Dockerfile's steps", () => {
  test("mounts, here-documents, comments between continued lines, JSON", async () => {
    const text = `# syntax=docker/dockerfile:1
FROM golang:1.25
ARG ID=main
WORKDIR /src
RUN --mount=type=cache,id=go-$ID,target=/root/.cache \\
    # a comment
    --mount=target=.,rw \\
    go build ./... && \\
    # another one
    go vet ./...
RUN <<EOF
set -e
go test ./...
EOF
RUN ["go", "install", "./cmd/app"]`;
    const runs = runsOf(await load(text));
    expect(runs.map(({ gos }) => gos.map(({ verb }) => verb))).toEqual([["build", "vet"], ["test"], ["install"]]);
    const mounts = runs[0]?.mounts.map(({ type, target, id }) => [type, target, id]);
    expect(mounts).toEqual([
      ["cache", "/root/.cache", "go-$ID"],
      ["bind", "/src", "/src"],
    ]);
    const programs = runs.flatMap(({ gos }) => gos.map(({ program }) => text.slice(program.start, program.end)));
    expect(programs).toEqual(["go", "go", "go", "go"]);
  });

  test("what is behind ONBUILD is a trigger, and another shell is not read", async () => {
    const model = await load('FROM golang\nONBUILD RUN go build\nSHELL ["pwsh", "-c"]\nRUN go build\n');
    expect(runsOf(model).map(({ isTrigger, gos }) => [isTrigger, gos.length])).toEqual([
      [true, 1],
      [false, 0],
    ]);
    expect(model.partial).toEqual([{ path: "Dockerfile", line: 4, reason: "the shell of this RUN is not POSIX" }]);
  });
});

describe("who builds it", () => {
  test("Compose, Bake and a workflow", async () => {
    const model = await load("FROM golang\n", {
      "compose.yaml":
        "services:\n  api:\n    build:\n      context: .\n      args: [TOKEN=abc]\n      cache_to: [type=local]\n",
      "docker-bake.hcl": `variable "REF" { default = "example.com/c" }
target "_base" { dockerfile = "Dockerfile" }
# a comment
target "app" {
  inherits = ["_base"]
  platforms = ["linux/amd64", "linux/arm64"]
  cache-to = ["type=registry,ref=\${REF}", { type = "gha" }]
  tags = formatlist("x:%s", [1, 2])
}`,
      ".github/workflows/ci.yml":
        "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          cache-to: type=gha,mode=max\n",
    });
    const seen = model.builds.map(({ tool, name, dockerfile, platforms, cacheTo }) => {
      return [tool, name, dockerfile, platforms.length, cacheTo.map(({ type }) => type).join()];
    });
    expect(seen).toEqual([
      ["compose", "api", "Dockerfile", 0, "local"],
      ["workflow", "a", "Dockerfile", 0, "gha"],
      ["bake", "_base", "Dockerfile", 0, ""],
      ["bake", "app", "Dockerfile", 2, "registry,gha"],
    ]);
    expect(model.partial).toEqual([]);
  });

  test("JSON for Bake", async () => {
    const text = '{"target": {"app": {"dockerfile": "Dockerfile", "args": {"A": "b"}, "cache-to": ["type=gha"]}}}';
    const { builds } = await load("FROM golang\n", { "docker-bake.json": text });
    const [build] = builds;
    expect(build?.args.map(({ name, value }) => [name, value])).toEqual([["A", "b"]]);
    const reference = build?.cacheTo[0];
    expect(text.slice(reference?.start, reference?.end)).toBe('"type=gha"');
  });
});

describe("files that are no Dockerfiles", () => {
  test("are partly checked where they may be about Go, or are no text", async () => {
    const model = await loadImages(
      memoryTree({ Dockerfile: "RUN go build .\n", "a.Dockerfile": "\0\uFFFD", "b.Dockerfile": "RUN npm ci\n" }),
    );
    expect(model.partial.map(({ path }) => path)).toEqual(["Dockerfile", "a.Dockerfile"]);
  });
});

describe("hostile text", () => {
  const boundMs = 5_000;

  test("any text is read or is partly checked", async () => {
    const words = [
      "FROM golang\n",
      "RUN go build",
      " \\\n",
      "<<EOF\n",
      "--mount=type=cache,",
      "ENV A=$A",
      "\0",
      '"',
      "${",
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string()), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(text, async (parts) => {
        const all = parts.join("");
        await load(`FROM golang\n${all}`, { "docker-bake.hcl": all, "compose.yaml": `build:\n${all}` });
      }),
    );
  });

  test("large and deep files end in time, and are reported", async () => {
    const start = performance.now();
    const model = await load(`FROM golang\n${"RUN go build ./...\n".repeat(20_000)}`, {
      "docker-bake.hcl": `target "a" ${"{".repeat(50_000)}`,
      "x.Dockerfile": `FROM golang\nRUN ${"$(".repeat(40_000)}`,
      "y.Dockerfile": `FROM golang\n${"ENV A=x$A$A\n".repeat(5_000)}RUN go build`,
      "docker-bake.json": `{"target": ${"[".repeat(50_000)}`,
    });
    expect(performance.now() - start).toBeLessThan(boundMs);
    const reported = new Set(model.partial.map(({ path }) => path));
    expect(["Dockerfile", "docker-bake.hcl", "docker-bake.json"].filter((path) => !reported.has(path))).toEqual([]);
  });
});
