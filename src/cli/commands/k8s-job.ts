import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { buildSettings } from "../../build/settings.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

/** `ballast k8s job NAME` */
export const command = defineCommand({
  path: ["k8s", "job"],
  summary: "write a Kubernetes Job that builds an image, with Go's cache in one of its modes",
  details:
    "With BuildKit: a rootless daemon as a sidecar, and `ballast image build` beside it; nothing is privileged. With " +
    "Kaniko: the archived original is not used but the fork that is still released, osscontainertools/kaniko; its steps " +
    "see only build arguments, so the stage that compiles needs the line `ARG GOCACHEPROG` for the shared cache.\n\n" +
    "`shared` reads from the cache server and writes to it, `read-only` only reads, `isolated` keeps a cache of this Job's " +
    "own in a claim, `off` keeps nothing. The objects are printed as YAML; `kubectl apply -f -` takes them.",
  positionals: "NAME",
  flags: {
    builder: { type: "choice", choices: ["buildkit", "kaniko"], default: "buildkit", doc: "What builds." },
    cache: {
      type: "choice",
      choices: buildSettings.cache.choices,
      default: "shared",
      doc: "Which cache the build gets.",
    },
    repository: { type: "string", valueName: "URL", doc: "The Git repository with the Dockerfile." },
    revision: { type: "string", valueName: "REF", doc: "A branch or tag; the default branch when not given." },
    destination: { type: "string", valueName: "IMAGE", doc: "Where the image is pushed." },
    image: {
      type: "string",
      valueName: "IMAGE",
      doc: "An image with `ballast` on PATH and a C library; docs/guides/images.md makes one.",
    },
    server: { type: "string", valueName: "URL", doc: "The cache server, as pods reach it." },
    scope: { type: "string", valueName: "TEXT", doc: "The branch or change that this build belongs to." },
    tokenSecret: {
      type: "string",
      valueName: "NAME",
      doc: "The Secret whose key `token` is the cache server's token.",
    },
    registrySecret: { type: "string", valueName: "NAME", doc: "The Secret with the registry's credentials." },
    namespace: { type: "string", valueName: "NAME", doc: "The namespace." },
    cpu: {
      type: "string",
      valueName: "QUANTITY",
      default: "2",
      doc: "What the builder requests; it gets no CPU limit.",
    },
    memory: { type: "string", valueName: "QUANTITY", default: "4Gi", doc: "What the builder requests and may use." },
    cacheSize: {
      type: "string",
      valueName: "QUANTITY",
      default: "20Gi",
      doc: "With --cache isolated: the claim's size.",
    },
    output: { type: "string", valueName: "FILE", doc: "Write to this file instead of standard output." },
    json: { type: "boolean", default: false, doc: "Print a JSON list instead of YAML." },
  },
  examples: [
    {
      line: "ballast k8s job app --repository https://git.example.com/app.git --destination registry.example.com/app:1 --image registry.example.com/go-ballast:1.26 --server http://ballast:7420 | kubectl apply -f -",
      remark: "BuildKit with the shared cache.",
    },
  ],
  run: async ({ cwd, stdout, stderr }, flags, [name, extra]) => {
    if (extra !== undefined) throw cliErrors.error("cli/argument-unexpected", extra);
    const { repository, destination, image, output, json, ...rest } = flags;
    if (name === undefined) throw cliErrors.error("cli/argument-invalid", "NAME is missing");
    if (repository === undefined || destination === undefined || image === undefined) {
      throw cliErrors.error("cli/argument-invalid", "--repository, --destination and --image are needed");
    }
    const { jobManifests } = await import("../../build/k8s-job/job-manifest.ts");
    const manifests = jobManifests({ ...rest, name, repository, destination, image });
    const yaml = manifests.map((manifest) => `${Bun.YAML.stringify(manifest, null, 2)}\n`).join("---\n");
    const text = json ? `${JSON.stringify({ version: 1, manifests })}\n` : yaml;
    if (output === undefined) stdout.write(text);
    else writeFileSync(resolve(cwd, output), text);
    if (flags.builder === "kaniko") {
      stderr.write(
        "ballast: note: the original Kaniko is archived since June 2025; this Job uses osscontainertools/kaniko. Its layer cache and RUN mounts differ from BuildKit's\n",
      );
    }
    return 0;
  },
});
