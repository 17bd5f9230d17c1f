/** A real Kubernetes API server over kine on SQLite, on loopback, for strict dry runs: nothing is scheduled. */

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

export interface KubernetesApi {
  /** `https://127.0.0.1:PORT`; its certificate is its own. */
  readonly url: string;
  readonly token: string;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** What the server says of an object under strict field validation: `undefined` when it would take it. */
  strictDryRun(object: unknown): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Where objects of a kind are created. Others are looked up by nobody here. */
const collections: Readonly<Record<string, string>> = {
  "batch/v1 Job": "/apis/batch/v1/namespaces/NAMESPACE/jobs",
  "batch/v1 CronJob": "/apis/batch/v1/namespaces/NAMESPACE/cronjobs",
  "apps/v1 Deployment": "/apis/apps/v1/namespaces/NAMESPACE/deployments",
  "apps/v1 StatefulSet": "/apis/apps/v1/namespaces/NAMESPACE/statefulsets",
  "apps/v1 DaemonSet": "/apis/apps/v1/namespaces/NAMESPACE/daemonsets",
  "v1 Service": "/api/v1/namespaces/NAMESPACE/services",
  "v1 ConfigMap": "/api/v1/namespaces/NAMESPACE/configmaps",
  "v1 Secret": "/api/v1/namespaces/NAMESPACE/secrets",
  "v1 ServiceAccount": "/api/v1/namespaces/NAMESPACE/serviceaccounts",
  "v1 PersistentVolumeClaim": "/api/v1/namespaces/NAMESPACE/persistentvolumeclaims",
  "networking.k8s.io/v1 NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/NAMESPACE/networkpolicies",
  "networking.k8s.io/v1 Ingress": "/apis/networking.k8s.io/v1/namespaces/NAMESPACE/ingresses",
  "policy/v1 PodDisruptionBudget": "/apis/policy/v1/namespaces/NAMESPACE/poddisruptionbudgets",
  "autoscaling/v2 HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/NAMESPACE/horizontalpodautoscalers",
};

/** Starts both. `components`: the folders of kube-apiserver and of kine. */
export async function startKubernetesApi(components: readonly [string, string]): Promise<KubernetesApi> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-kubernetes-"));
  const [storePort, port] = [freePort(), freePort()];
  const token = crypto.randomUUID();
  writeKeys(folder, token);
  const [apiserver, kine] = components.map((component) => join(component, "bin")) as [string, string];
  const start = (argv: readonly string[], log: string): Bun.Subprocess =>
    Bun.spawn([...argv], { cwd: folder, stdout: "ignore", stderr: Bun.file(join(folder, log)) });
  const store = start(
    [
      join(kine, "kine"),
      `--listen-address=tcp://127.0.0.1:${storePort}`,
      `--endpoint=sqlite://${join(folder, "state.db")}?_journal=WAL&cache=shared&_busy_timeout=30000`,
      "--metrics-bind-address=0",
    ],
    "kine.log",
  );
  const server = start([join(apiserver, "kube-apiserver"), ...serverFlags(folder, storePort, port)], "apiserver.log");
  const url = `https://127.0.0.1:${port}`;
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
      tls: { rejectUnauthorized: false },
    });
  const stop = async (): Promise<void> => {
    server.kill("SIGKILL");
    store.kill("SIGKILL");
    await Promise.all([server.exited, store.exited]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(request, server);
  } catch (cause) {
    const log = await Bun.file(join(folder, "apiserver.log")).text();
    await stop();
    throw new Error(`kube-apiserver did not start: ${log.slice(-2000)}`, { cause });
  }
  return { url, token, request, strictDryRun: (object) => strictDryRun(request, object), stop };
}

function writeKeys(folder: string, token: string): void {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  writeFileSync(join(folder, "sa.key"), privateKey);
  writeFileSync(join(folder, "sa.pub"), publicKey);
  writeFileSync(join(folder, "tokens.csv"), `${token},admin,1,system:masters\n`);
}

function serverFlags(folder: string, storePort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${storePort}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    `--cert-dir=${folder}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(folder, "sa.pub")}`,
    `--service-account-signing-key-file=${join(folder, "sa.key")}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=AlwaysAllow",
    // Nobody makes service accounts here: that is the controller manager's work.
    "--disable-admission-plugins=ServiceAccount",
    "--endpoint-reconciler-type=none",
  ];
}

type Request = KubernetesApi["request"];

async function untilReady(request: Request, server: Bun.Subprocess): Promise<void> {
  const deadlineMs = performance.now() + 90_000;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`it exited ${server.exitCode}`);
    const isReady = await request("/api/v1/namespaces/default").then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isReady) return;
    if (performance.now() > deadlineMs) throw new Error("it was not ready in time");
    await Bun.sleep(200);
  }
}

async function strictDryRun(request: Request, object: unknown): Promise<string | undefined> {
  const { apiVersion, kind, metadata } = object as {
    apiVersion: string;
    kind: string;
    metadata: { namespace?: string };
  };
  const collection = collections[`${apiVersion} ${kind}`];
  if (collection === undefined) throw new Error(`test/kubernetes-api.ts knows no ${apiVersion} ${kind}`);
  const path = collection.replace("NAMESPACE", "default");
  const { namespace: _, ...rest } = metadata;
  const response = await request(`${path}?dryRun=All&fieldValidation=Strict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    // The namespace would have to exist; what is validated is the object.
    body: JSON.stringify({ ...(object as object), metadata: rest }),
  });
  return response.status === 201 ? undefined : `${response.status} ${await response.text()}`;
}
