/** What `ballast k8s job` writes, before a real API server's strict validation, and before the product's own check. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { checkManifests } from "../../src/check/k8s/area.ts";
import type { K8sRule } from "../../src/check/k8s/rule.ts";
import { type JobRequest, jobManifests, type JobBuilder } from "../../src/build/k8s-job/job-manifest.ts";
import { buildSettings } from "../../src/build/settings.ts";
import { type KubernetesApi, startKubernetesApi } from "../kubernetes-api.ts";
import { testWithAll } from "../with-component.ts";

const request: JobRequest = {
  name: "app",
  namespace: "ci",
  builder: "buildkit",
  cache: "shared",
  repository: "https://git.example.com/app.git",
  revision: "main",
  destination: "registry.example.com/app:1",
  server: "http://ballast.ci:7420",
  scope: "pr/123",
  tokenSecret: "ballast-token",
  registrySecret: "registry",
  image: "registry.example.com/go-ballast:1.26",
  cpu: "2",
  memory: "4Gi",
  cacheSize: "20Gi",
};
const builders: readonly JobBuilder[] = ["buildkit", "kaniko"];
const variants = builders.flatMap((builder) => buildSettings.cache.choices.map((cache) => ({ builder, cache })));

let api: Promise<KubernetesApi> | undefined;
const started = (folders: readonly string[]): Promise<KubernetesApi> =>
  (api ??= startKubernetesApi(folders as [string, string]));
afterAll(async () => (await api)?.stop());

describe("the API server's strict dry run", () => {
  for (const variant of variants) {
    testWithAll(
      ["kube-apiserver", "kine"],
      `takes a Job for ${variant.builder} with the cache ${variant.cache}`,
      async (folders) => {
        const server = await started(folders);
        for (const manifest of jobManifests({ ...request, ...variant })) {
          expect(await server.strictDryRun(manifest)).toBeUndefined();
        }
      },
      120_000,
    );
  }

  testWithAll(
    ["kube-apiserver", "kine"],
    "refuses a field that there is not, so that the tests above can fail",
    async (folders) => {
      const server = await started(folders);
      const [job] = jobManifests(request);
      const spoiled = { ...job, spec: { ...(job?.["spec"] as object), backofLimit: 1 } };
      expect(await server.strictDryRun(spoiled)).toContain("backofLimit");
    },
    120_000,
  );
});

describe("our own rules", () => {
  let rules: K8sRule[];
  beforeAll(async () => {
    const paths = new Bun.Glob("src/check/rules/k8s/*/rule.ts").scanSync({
      cwd: new URL("../..", import.meta.url).pathname,
    });
    rules = await Promise.all(
      [...paths].map(async (path) => ((await import(`../../${path}`)) as { rule: K8sRule }).rule),
    );
  });

  for (const variant of variants) {
    test(`find nothing in a Job for ${variant.builder} with the cache ${variant.cache}`, async () => {
      expect(rules.length).toBeGreaterThan(5);
      const manifests = jobManifests({ ...request, ...variant });
      const text = manifests.map((manifest) => Bun.YAML.stringify(manifest, null, 2)).join("\n---\n");
      expect(Bun.YAML.parse(text)).toEqual(manifests.length === 1 ? manifests[0] : manifests);
      const found = await checkManifests({ paths: ["job.yaml"], read: () => text }, rules);
      expect(found.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
    });
  }
});

test("what Kubernetes or a shell would take for something else is refused", () => {
  const wrong: readonly Partial<JobRequest>[] = [
    { name: "App" },
    { repository: "--upload-pack=x" },
    { repository: "https://user:secret@git.example.com/app.git" },
    { destination: "a b" },
    { cpu: "two" },
    { scope: "x\ny" },
    { server: undefined },
  ];
  for (const change of wrong) {
    expect(() => jobManifests({ ...request, ...change })).toThrow(
      expect.objectContaining({ code: "build/job-invalid" }) as Error,
    );
  }
});
