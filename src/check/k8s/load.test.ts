import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { memoryTree } from "../source-tree.ts";
import { loadManifests } from "./load.ts";
import { cpuCount, memoryBytes } from "./quantity.ts";

const job = `apiVersion: batch/v1
kind: Job
metadata:
  name: build
  labels: {stage: release}
spec:
  template:
    spec:
      containers:
        - name: go
          image: golang:1.25
          command: [sh, -c]
          args:
            - |
              cd /src
              CGO_ENABLED=0 go build ./...
          volumeMounts: [{name: cache, mountPath: /root/.cache/}]
          resources:
            limits: {cpu: 500m, memory: 1Gi}
      volumes:
        - name: cache
          persistentVolumeClaim: {claimName: c}
`;

describe("manifests", () => {
  test("a Job, its go commands at their places, and its volumes", async () => {
    const { workloads, partial } = await loadManifests(memoryTree({ "job.yaml": `# first\n---\n${job}` }));
    const [workload] = workloads;
    const [container] = workload?.containers ?? [];
    expect(partial).toEqual([]);
    expect([workload?.kind, workload?.isBatch, workload?.words]).toEqual(["Job", true, "build  stage=release"]);
    expect(workload?.volumes.map(({ kind, source }) => [kind, source])).toEqual([["claim", "c"]]);
    expect(container?.mounts.map(({ path }) => path)).toEqual(["/root/.cache"]);
    expect([container?.cpuLimit?.text, container?.memoryRequest?.text]).toEqual(["500m", "1Gi"]);
    const [go] = container?.gos ?? [];
    const { text } = workload?.source ?? { text: "" };
    expect(text.slice(go?.program.start, (go?.program.start ?? 0) + "go build ./...".length)).toBe("go build ./...");
  });

  test("lists, Tekton's tasks, and what is a template or no manifest", async () => {
    const { workloads, partial } = await loadManifests(
      memoryTree({
        "list.yaml": "kind: List\nitems:\n  - kind: Pod\n    spec: {containers: [{name: a, image: golang}]}\n",
        "task.yaml": "apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n    - {name: t, script: go test ./...}\n",
        "chart/Chart.yaml": "name: x\n",
        "chart/templates/job.yaml": "kind: Job\nmetadata: {name: x}\n",
        "kustomize/job.yaml": 'kind: Job\nmetadata: {name: "{{ .Values.name }}"}\n',
        "values.yaml": "replicas: 1\n",
      }),
    );
    expect(workloads.map(({ kind, containers }) => [kind, containers.length])).toEqual([
      ["Pod", 1],
      ["Task", 1],
    ]);
    expect(partial.map(({ path }) => path)).toEqual(["chart/templates/job.yaml", "kustomize/job.yaml"]);
  });

  test("quantities", () => {
    expect(["1", "500m", "0.1", "1.5", "x", "-1"].map(cpuCount)).toEqual([1, 0.5, 0.1, 1.5, undefined, undefined]);
    expect(["1Gi", "512Mi", "1G", "100", "1 Gi", ""].map(memoryBytes)).toEqual([
      2 ** 30,
      2 ** 29,
      1e9,
      100,
      undefined,
      undefined,
    ]);
  });
});

describe("hostile manifests", () => {
  test("any text is read or is partly checked", async () => {
    const words = [
      "kind: Job\n",
      "spec:\n",
      "  template:\n",
      "- name: a\n",
      "*a",
      "&a ",
      "---\n",
      "\0",
      "containers: [",
      "|\n",
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string()), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(text, async (parts) => {
        await loadManifests(memoryTree({ "a.yaml": `kind: Job\n${parts.join("")}` }));
      }),
    );
  });

  test("bombs, depth and size end in time, and are reported", async () => {
    const aliases = Array.from(
      { length: 40 },
      (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]\n`,
    );
    const start = performance.now();
    const { partial } = await loadManifests(
      memoryTree({
        "bomb.yaml": `kind: Job\na0: &a0 x\n${aliases.join("")}spec: *a40\n`,
        "deep.yaml": `kind: Job\nspec: ${"[".repeat(50_000)}`,
        "large.yaml": `kind: Job\n${"x: y\n".repeat(400_000)}`,
        "many.yaml": job.replaceAll("kind: Job", "kind: Job").concat(`---\n${job}`.repeat(800)),
      }),
    );
    expect(performance.now() - start).toBeLessThan(8_000);
    expect(partial.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["deep.yaml", "large.yaml", "many.yaml"]) as string[],
    );
  }, 20_000);
});
