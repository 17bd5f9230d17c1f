/**
 * Kubernetes objects that build an image in a cluster, with Go's cache in one of its four modes.
 *
 * BuildKit: a rootless daemon beside the container that runs `ballast image build`, so nothing is privileged. Kaniko:
 * runs each step in its own container, where mounted volumes stay out of the layers, so the cache folder and Ballast are
 * volumes. The original Kaniko was archived in June 2025; the fork that is released and publishes images is
 * osscontainertools/kaniko (https://github.com/osscontainertools/kaniko).
 */

import type { CacheMode } from "../settings.ts";
import { jobErrors } from "./errors.ts";

export type JobBuilder = "buildkit" | "kaniko";

export interface JobRequest {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly builder: JobBuilder;
  readonly cache: CacheMode;
  /** What is built: a Git address that can be cloned without a password. */
  readonly repository: string;
  readonly revision: string | undefined;
  /** Where the image goes. */
  readonly destination: string;
  /** The cache server, for `shared` and `read-only`. */
  readonly server: string | undefined;
  readonly scope: string | undefined;
  /** The Secret whose key `token` is the runner's token. */
  readonly tokenSecret: string | undefined;
  /** The Secret with the registry's credentials (`kubernetes.io/dockerconfigjson`). */
  readonly registrySecret: string | undefined;
  /** An image in which `ballast` is on PATH and starts. */
  readonly image: string;
  readonly cpu: string;
  readonly memory: string;
  /** For `isolated`: how large the claim is. */
  readonly cacheSize: string;
}

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
/** An object of Kubernetes, as plain data. */
export type Manifest = Readonly<Record<string, Json>>;

const images = {
  git: "alpine/git:v2.49.1",
  buildkit: "moby/buildkit:v0.34.2-rootless",
  kaniko: "ghcr.io/osscontainertools/kaniko:v1.28.0",
} as const;

const paths = {
  source: "/workspace",
  tools: "/opt/ballast",
  token: "/run/secrets/ballast",
  socket: "/run/buildkit",
  gocache: "/root/.cache/go-build",
} as const;

/** Throws `build/job-invalid`. */
export function jobManifests(request: JobRequest): Manifest[] {
  validate(request);
  const { name, namespace, cache } = request;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "ballast" };
  const job: Manifest = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...metadata, labels },
    spec: {
      backoffLimit: 1,
      activeDeadlineSeconds: 3600,
      ttlSecondsAfterFinished: 3600,
      template: { metadata: { labels }, spec: podSpec(request) },
    },
  };
  return cache === "isolated" ? [claim(request, metadata), job] : [job];
}

function claim(
  { name, cacheSize }: JobRequest,
  metadata: { readonly name: string; readonly namespace?: string },
): Manifest {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { ...metadata, name: `${name}-cache` },
    // One node at a time: the cache is this job's alone.
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: cacheSize } } },
  };
}

function podSpec(request: JobRequest): Json {
  const isBuildkit = request.builder === "buildkit";
  const usesBallast = isBuildkit || reachesServer(request);
  const init = [cloneContainer(request), ...(usesBallast ? [toolsContainer(request)] : [])];
  return {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    initContainers: [...init, ...(isBuildkit ? [daemonContainer(request)] : [])],
    containers: [isBuildkit ? buildkitContainer(request) : kanikoContainer(request)],
    volumes: volumes(request, usesBallast),
  };
}

function reachesServer({ cache, server }: JobRequest): boolean {
  return server !== undefined && (cache === "shared" || cache === "read-only");
}

const closed: Json = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const small: Json = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } };

function resources({ cpu, memory }: JobRequest): Json {
  // No CPU limit: a quota stops a compiler for the rest of each 100 ms, and a request already gives it its share.
  return { requests: { cpu, memory }, limits: { memory } };
}

function cloneContainer({ repository, revision }: JobRequest): Json {
  const words = ["clone", "--depth=1", ...(revision === undefined ? [] : [`--branch=${revision}`])];
  return {
    name: "source",
    image: images.git,
    args: [...words, "--", repository, `${paths.source}/source`],
    securityContext: { ...(closed as object), runAsUser: 1000, runAsGroup: 1000 } as Json,
    env: [{ name: "HOME", value: "/tmp" }],
    resources: small,
    volumeMounts: [{ name: "source", mountPath: paths.source }],
  };
}

/** BuildKit's client comes to Ballast, which needs the C library of its own image; Kaniko's steps need Ballast. */
function toolsContainer({ builder, image }: JobRequest): Json {
  const isBuildkit = builder === "buildkit";
  return {
    name: "tools",
    image: isBuildkit ? images.buildkit : image,
    command: isBuildkit
      ? ["cp", "/usr/bin/buildctl", `${paths.tools}/buildctl`]
      : ["sh", "-c", `cp "$(command -v ballast)" ${paths.tools}/ballast`],
    securityContext: { ...(closed as object), runAsUser: 1000, runAsGroup: 1000 } as Json,
    resources: small,
    volumeMounts: [{ name: "tools", mountPath: paths.tools }],
  };
}

/** A sidecar: it starts before the build and is ended after it. Rootless needs seccomp and AppArmor out of its way. */
function daemonContainer(request: JobRequest): Json {
  return {
    name: "buildkitd",
    image: images.buildkit,
    restartPolicy: "Always",
    args: ["--addr", `unix://${paths.socket}/buildkitd.sock`, "--oci-worker-no-process-sandbox"],
    securityContext: {
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: "Unconfined" },
      appArmorProfile: { type: "Unconfined" },
    },
    startupProbe: {
      exec: { command: ["buildctl", "--addr", `unix://${paths.socket}/buildkitd.sock`, "debug", "workers"] },
      periodSeconds: 1,
      failureThreshold: 60,
    },
    resources: resources(request),
    volumeMounts: [
      { name: "socket", mountPath: paths.socket },
      { name: "state", mountPath: "/home/user/.local/share/buildkit" },
    ],
  };
}

function buildkitContainer(request: JobRequest): Json {
  const { destination } = request;
  const carry = reachesServer(request) ? "server" : "none";
  const words = ["image", "build", "--builder=buildctl", `--carry=${carry}`, `--tag=${destination}`, "--push"];
  return {
    name: "build",
    image: request.image,
    command: ["ballast", ...words, ...(request.cache === "off" ? ["--no-cache"] : []), `${paths.source}/source`],
    env: [
      { name: "BUILDKIT_HOST", value: `unix://${paths.socket}/buildkitd.sock` },
      { name: "HOME", value: "/tmp" },
      { name: "PATH", value: `${paths.tools}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
      ...registryEnv(request),
      ...ballastEnv(request),
    ],
    securityContext: { ...(closed as object), runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true } as Json,
    resources: small,
    volumeMounts: [
      { name: "source", mountPath: paths.source, readOnly: true },
      { name: "tools", mountPath: paths.tools, readOnly: true },
      { name: "socket", mountPath: paths.socket },
      ...secretMounts(request, "/run/secrets/registry"),
    ],
  };
}

/** Kaniko writes the root file system of its own container, so it is root there, without privileges. */
function kanikoContainer(request: JobRequest): Json {
  const { destination, cache } = request;
  const carries = reachesServer(request);
  return {
    name: "build",
    image: images.kaniko,
    args: [
      `--context=dir://${paths.source}/source`,
      `--destination=${destination}`,
      "--reproducible",
      ...(cache === "off" ? ["--cache=false"] : []),
      ...(carries ? [`--build-arg=GOCACHEPROG=${kanikoHelper(request)}`] : []),
    ],
    resources: resources(request),
    volumeMounts: [
      { name: "source", mountPath: paths.source },
      ...(carries ? [{ name: "tools", mountPath: paths.tools, readOnly: true }] : []),
      ...(cache === "off" ? [] : [{ name: "gocache", mountPath: paths.gocache }]),
      ...secretMounts(request, "/kaniko/.docker"),
    ],
  };
}

/** A step of Kaniko sees build arguments that its stage declares, and none of the container's variables. */
function kanikoHelper({ server, scope, tokenSecret, cache }: JobRequest): string {
  const words = [`${paths.tools}/ballast`, "cacheprog", "--server", server ?? ""];
  if (tokenSecret !== undefined) words.push("--token-file", `${paths.token}/token`);
  if (scope !== undefined) words.push("--scope", scope);
  if (cache === "read-only") words.push("--mode", "read-only");
  return words.join(" ");
}

function registryEnv({ registrySecret }: JobRequest): Json[] {
  return registrySecret === undefined ? [] : [{ name: "DOCKER_CONFIG", value: "/run/secrets/registry" }];
}

function ballastEnv(request: JobRequest): Json[] {
  const { server, scope, tokenSecret, cache } = request;
  if (!reachesServer(request)) return [];
  const env: Json[] = [{ name: "BALLAST_SERVER", value: server ?? "" }];
  if (tokenSecret !== undefined) env.push({ name: "BALLAST_TOKEN_FILE", value: `${paths.token}/token` });
  if (scope !== undefined) env.push({ name: "BALLAST_SCOPE", value: scope });
  if (cache === "read-only") env.push({ name: "BALLAST_MODE", value: "read-only" });
  return env;
}

function secretMounts(request: JobRequest, registryPath: string): Json[] {
  const { registrySecret, tokenSecret } = request;
  return [
    ...(registrySecret === undefined ? [] : [{ name: "registry", mountPath: registryPath, readOnly: true }]),
    ...(tokenSecret === undefined || !reachesServer(request)
      ? []
      : [{ name: "token", mountPath: paths.token, readOnly: true }]),
  ];
}

function volumes(request: JobRequest, usesBallast: boolean): Json[] {
  const { name, builder, cache, registrySecret, tokenSecret } = request;
  const kept: Json =
    cache === "isolated" ? { persistentVolumeClaim: { claimName: `${name}-cache` } } : { emptyDir: {} };
  const own = (volume: string): Json => ({ name: volume, ...(kept as object) });
  const isBuildkit = builder === "buildkit";
  return [
    { name: "source", emptyDir: {} },
    ...(usesBallast ? [{ name: "tools", emptyDir: {} }] : []),
    ...(isBuildkit ? [{ name: "socket", emptyDir: {} }, own("state")] : []),
    ...(isBuildkit || cache === "off" ? [] : [own("gocache")]),
    ...(registrySecret === undefined ? [] : [registryVolume(registrySecret)]),
    ...(tokenSecret === undefined || !reachesServer(request)
      ? []
      : [{ name: "token", secret: { secretName: tokenSecret, defaultMode: 0o444 } }]),
  ];
}

function registryVolume(secretName: string): Json {
  const items = [{ key: ".dockerconfigjson", path: "config.json" }];
  return { name: "registry", secret: { secretName, items, defaultMode: 0o444 } };
}

const label = /^[a-z0-9](?:[-a-z0-9]{0,50}[a-z0-9])?$/;
const quantity = /^\d+(?:\.\d+)?(?:m|[kMGT]i?)?$/;
/** One word for every program that it is handed to; no option, and no password that a manifest would show. */
const plainWord = /^[\w][\w.:/@+~-]{0,500}$/;

function validate(request: JobRequest): void {
  const { name, namespace, repository, revision, destination, scope, server, image, cpu, memory, cacheSize } = request;
  const fail = (what: string, value: string): never => {
    throw jobErrors.error("build/job-invalid", `${what} ${JSON.stringify(value)}`);
  };
  for (const one of [name, namespace, request.tokenSecret, request.registrySecret]) {
    if (one !== undefined && !label.test(one)) fail("the name", one);
  }
  for (const one of [repository, revision, destination, scope, image]) {
    if (one !== undefined && !plainWord.test(one)) fail("the word", one);
  }
  for (const one of [cpu, memory, cacheSize]) if (!quantity.test(one)) fail("the quantity", one);
  const addresses = [repository, server].map((one) => URL.parse(one ?? ""));
  if (addresses.some((url) => url !== null && url.password !== "")) fail("a password in", repository);
  if ((request.cache === "shared" || request.cache === "read-only") && server === undefined) {
    fail("no server is named for the cache mode", request.cache);
  }
}
