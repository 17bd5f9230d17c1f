/** The files of deploy/: each is held against the tool that will read it, and the image is built, and run as it asks to be. */

import { afterAll, describe, expect } from "bun:test";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { requireSuccess, runProcess } from "../../src/core/process.ts";
import { startImageBuilder } from "../image-builder.ts";
import { startKubernetesApi } from "../kubernetes-api.ts";
import { testWith, testWithAll } from "../with-component.ts";
import { temporaryFolder } from "./serve-fixture.ts";
import { makeCertificates } from "./test-certificates.ts";

const deploy = join(new URL("../..", import.meta.url).pathname, "deploy");
const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const folder = temporaryFolder();
afterAll(() => folder.remove());

interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const path = process.env["PATH"] ?? "";
  return runProcess({ argv, env: { PATH: path, HOME: folder.path, ...env }, cwd: folder.path, deadlineMs: 120_000 });
}

testWith("systemd", "the unit is one that systemd takes, and is closed to the outside", async (component) => {
  const unit = join(folder.path, "ballast.service");
  const text = readFileSync(join(deploy, "systemd/ballast.service"), "utf8");
  writeFileSync(unit, text.replaceAll("/usr/local/bin/ballast", executable));
  const analyze = join(component, "bin", "systemd-analyze");
  expect(await run([analyze, "verify", unit])).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  const exposure = await run([analyze, "security", "--offline=true", "--threshold=20", unit]);
  expect(exposure.exitCode).toBe(0);
  writeFileSync(unit, text.replace("MemoryMax=3G", "MemoryMax=a lot").replaceAll("/usr/local/bin/ballast", executable));
  expect((await run([analyze, "verify", unit])).stderr).toContain("Invalid memory limit");
});

testWith(
  "docker-compose",
  "the compose file is valid, and its service has no more than it needs",
  async (component) => {
    for (const name of ["tokens", "cert.pem", "key.pem"]) writeFileSync(join(folder.path, name), "");
    copyFileSync(join(deploy, "compose/compose.yaml"), join(folder.path, "compose.yaml"));
    const read = await run([join(component, "bin", "docker-compose"), "--file", "compose.yaml", "config"]);
    expect(read).toMatchObject({ exitCode: 0 });
    const { services } = parse(read.stdout) as { services: { ballast: Record<string, unknown> } };
    expect(services.ballast).toMatchObject({
      user: "65532:65532",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      pids_limit: 128,
    });
    for (const limit of ["mem_limit", "cpus", "ulimits"]) expect(services.ballast[limit]).toBeDefined();
  },
);

const kubeVersion = "--kube-version=1.37.0";

describe("the chart", () => {
  testWith("helm", "passes lint, with its defaults and with everything set", async (component) => {
    const helm = join(component, "bin", "helm");
    const lint = [helm, "lint", "--strict", "--quiet", kubeVersion, join(deploy, "helm/ballast")];
    expect(await run(lint)).toMatchObject({ exitCode: 0 });
    expect(await run([...lint, "--values", allValues()])).toMatchObject({ exitCode: 0 });
    for (const wrong of ["tls.existingSecret=", "node.maxSizes=1GiB", "image.digest=latest", "service.port=http"]) {
      expect((await run([...lint, "--set", wrong])).exitCode).not.toBe(0);
    }
  });

  testWithAll(
    ["helm", "kube-apiserver", "kine"],
    "makes objects that the API server takes, field by field",
    async ([helmFolder = "", apiserver = "", kine = ""]) => {
      const api = await startKubernetesApi([apiserver, kine]);
      try {
        for (const values of [[], ["--values", allValues()]]) {
          const words = ["template", "ci", join(deploy, "helm/ballast"), kubeVersion, ...values];
          const made = await run([join(helmFolder, "bin", "helm"), ...words]);
          expect(made).toMatchObject({ exitCode: 0 });
          const objects = parseAllDocuments(made.stdout).map((document) => document.toJS() as { kind: string });
          expect(objects.map(({ kind }) => kind).toSorted()).toEqual([
            "NetworkPolicy",
            "Service",
            "ServiceAccount",
            "StatefulSet",
          ]);
          for (const object of objects) expect(await api.strictDryRun(object)).toBeUndefined();
        }
        const odd = { apiVersion: "v1", kind: "Service", metadata: { name: "odd" }, spec: { prots: [] } };
        expect(await api.strictDryRun(odd)).toContain("prots");
      } finally {
        await api.stop();
      }
    },
    180_000,
  );
});

function allValues(): string {
  const path = join(folder.path, "values.yaml");
  const text = [
    `image: { digest: "sha256:${"a".repeat(64)}", pullSecrets: [{ name: registry }] }`,
    "node: { accessLog: true, extraArgs: [--name=a], extraEnv: [{ name: AWS_REGION, value: eu-west-1 }] }",
    "storage: { size: 1Ti, className: fast }",
    "service: { type: LoadBalancer, annotations: { example.com/internal: 'true' } }",
    "networkPolicy: { fromPods: { role: runner }, fromNamespaces: { ci: 'true' } }",
    "serviceAccount: { annotations: { example.com/role: cache } }",
    "podAnnotations: { example.com/scrape: 'false' }",
    "nodeSelector: { disk: nvme }",
    "tolerations: [{ key: ci, operator: Exists }]",
    "affinity: { nodeAffinity: {} }",
    "priorityClassName: cache",
  ];
  writeFileSync(path, `${text.join("\n")}\n`);
  return path;
}

describe("the image", () => {
  testWithAll(
    ["buildkit", "runc"],
    "builds, and its node serves over TLS as a stranger without rights on a root that it cannot write",
    async (components) => {
      const builder = await startImageBuilder(components);
      try {
        const rootfs = await buildImage(builder.env);
        expect(statSync(join(rootfs, "data")).uid).toBe(65_532);
        expect(statSync(join(rootfs, "data")).mode & 0o777).toBe(0o700);
        await serveFrom(rootfs, join(components[1] ?? "", "bin", "runc"));
      } finally {
        await builder.stop();
      }
    },
    180_000,
  );
});

/** The image's files, after its configuration was looked at. */
async function buildImage(env: Readonly<Record<string, string>>): Promise<string> {
  const [context, base, rootfs] = ["context", "base", "rootfs"].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(context);
  copyFileSync(executable, join(context, "ballast"));
  copyLibraries(base);
  const archive = join(folder.path, "image.tar");
  const argv = ["buildctl", "build", "--frontend=dockerfile.v0", "--local", `context=${context}`];
  const places = ["--local", `dockerfile=${join(deploy, "docker")}`, "--local", `base=${base}`];
  const options = ["--opt", "build-arg:BASE=base", "--opt", "context:base=local:base"];
  // Not as a folder: that exporter gives every file to whoever asks.
  const outputs = ["--output", `type=docker,dest=${archive},compression=uncompressed`];
  requireSuccess(
    argv,
    await runProcess({ argv: [...argv, ...places, ...options, ...outputs], env, deadlineMs: 120_000 }),
  );
  const unpacked = join(folder.path, "image");
  await unpack(archive, unpacked);
  const [manifest] = JSON.parse(readFileSync(join(unpacked, "manifest.json"), "utf8")) as [
    { readonly Config: string; readonly Layers: readonly string[] },
  ];
  const image = JSON.parse(readFileSync(join(unpacked, manifest.Config), "utf8")) as { config: object };
  expect(image.config).toMatchObject({
    User: "65532:65532",
    Entrypoint: ["/usr/local/bin/ballast", "serve", "--data", "/data/node"],
    Healthcheck: { Test: ["CMD", "/usr/local/bin/ballast", "ready"] },
    StopSignal: "SIGTERM",
  });
  for (const layer of manifest.Layers) await unpack(join(unpacked, layer), rootfs);
  return rootfs;
}

async function unpack(archive: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  const argv = ["tar", "-xpf", archive, "--numeric-owner", "-C", into];
  requireSuccess(argv, await runProcess({ argv, deadlineMs: 60_000 }));
}

/** A base with the C library of this machine, which is all that the executable asks for. */
function copyLibraries(base: string): void {
  const listed = Bun.spawnSync(["ldd", executable]).stdout.toString();
  for (const [, path = ""] of listed.matchAll(/(\/\S+\.so\S*)/g)) {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    copyFileSync(realpathSync(path), join(base, path));
  }
  mkdirSync(join(base, "tmp"), { recursive: true });
}

async function serveFrom(rootfs: string, runc: string): Promise<void> {
  const certificates = await makeCertificates(folder.path, "cache.example.com");
  const bundle = join(folder.path, "bundle");
  const [data, secrets] = [join(folder.path, "volume"), join(folder.path, "secrets")];
  for (const path of [bundle, data, secrets]) mkdirSync(path);
  chownSync(data, 65_532, 65_532);
  copyFileSync(certificates.certFile, join(secrets, "cert.pem"));
  copyFileSync(certificates.keyFile, join(secrets, "key.pem"));
  writeFileSync(join(secrets, "tokens"), `write ${"w".repeat(20)}\n`);
  for (const name of ["cert.pem", "key.pem", "tokens"]) chmodSync(join(secrets, name), 0o644);
  const flags = [
    "--listen=127.0.0.1:0",
    "--token-file=/run/tokens",
    "--tls-cert=/run/cert.pem",
    "--tls-key=/run/key.pem",
  ];
  writeFileSync(join(bundle, "config.json"), JSON.stringify(containerConfig(rootfs, data, secrets, flags)));
  const name = `ballast-${crypto.randomUUID()}`;
  const words = [runc, "--root", join(folder.path, "runc"), "run", "--bundle", bundle, name];
  const child = Bun.spawn(words, { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  try {
    const url = await urlFrom(child);
    const address = [executable, "ready", "--server", url];
    expect(await run(address)).toMatchObject({ exitCode: 0, stdout: `${url} is ready\n` });
    const headers = { authorization: `Bearer ${"w".repeat(20)}` };
    const tls = { ca: readFileSync(certificates.caFile, "utf8") };
    const answer = await fetch(`${url}/v1/hello`, { headers, tls } as BunFetchRequestInit);
    expect(await answer.json()).toMatchObject({ mode: "read-write" });
    expect(existsSync(join(data, "node", "index.sqlite"))).toBe(true);
    expect(statSync(join(data, "node", "index.sqlite")).uid).toBe(65_532);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(await run(address)).toMatchObject({ exitCode: 3, stdout: `${url} does not answer\n` });
  } finally {
    child.kill("SIGKILL");
    Bun.spawnSync([runc, "--root", join(folder.path, "runc"), "delete", "--force", name]);
  }
}

async function urlFrom(child: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<string> {
  let said = "";
  for await (const chunk of child.stdout as unknown as AsyncIterable<Uint8Array>) {
    said += new TextDecoder().decode(chunk);
    const url = /https:\/\/\S+/.exec(said)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error(`the container ended: ${await new Response(child.stderr).text()}`);
}

/** What the chart and the compose file ask for: another user, no capability, a root to read only. The network is this machine's. */
function containerConfig(rootfs: string, data: string, secrets: string, flags: readonly string[]): object {
  const bind = (source: string, destination: string, access: string): object => ({
    destination,
    type: "bind",
    source,
    options: ["bind", access],
  });
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid: 65_532, gid: 65_532 },
      args: ["/usr/local/bin/ballast", "serve", "--data", "/data/node", ...flags],
      env: ["HOME=/data"],
      cwd: "/data",
      noNewPrivileges: true,
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
    },
    root: { path: rootfs, readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      bind(data, "/data", "rw"),
      bind(secrets, "/run", "ro"),
    ],
    linux: { namespaces: ["pid", "mount", "ipc", "uts"].map((type) => ({ type })) },
  };
}
