/** What rules see of manifests: workloads with their containers and volumes. Offsets count UTF-16 units. */

import type { Partial, Range } from "../finding.ts";
import type { GoModule } from "../go-module.ts";
import type { GoInvocation } from "../shell/go-invocation.ts";
import type { Span } from "../shell/shell-command.ts";
import type { SourceText } from "../source-text.ts";
import type { YamlNode } from "../yaml/yaml-node.ts";

export interface K8sPlace extends Range {
  readonly path: string;
}

/** A text of the manifest with its place. */
export interface Written extends Span {
  readonly text: string;
}

export interface EnvVariable extends Span {
  readonly name: string;
  /** Absent when the value comes from elsewhere, or is empty. */
  readonly value: Written | undefined;
  /** `secretKeyRef`, `configMapKeyRef`, `resourceFieldRef`, `fieldRef`. */
  readonly valueFrom: string | undefined;
}

export interface VolumeMount extends Span {
  readonly volume: string;
  readonly path: string;
}

export interface Volume extends Span {
  readonly name: string;
  readonly kind: "emptyDir" | "hostPath" | "claim" | "other";
  /** The host's path, or the claim's name. */
  readonly source: string;
  /** Of an emptyDir: `Memory`, or empty. */
  readonly medium: string;
}

export interface Container {
  readonly workload: Workload;
  readonly name: string;
  readonly span: Span;
  readonly node: YamlNode;
  readonly image: Written | undefined;
  readonly env: readonly EnvVariable[];
  /** Where a list of variables begins, for a fix that adds one. */
  readonly envList: YamlNode | undefined;
  /** `command` and `args`, in this order. */
  readonly words: readonly Written[];
  /** The go commands that it runs, in `script`, in `sh -c` or directly. */
  readonly gos: readonly GoInvocation[];
  readonly mounts: readonly VolumeMount[];
  readonly cpuLimit: Written | undefined;
  readonly memoryLimit: Written | undefined;
  readonly cpuRequest: Written | undefined;
  readonly memoryRequest: Written | undefined;
  readonly privileged: Written | undefined;
  readonly isInit: boolean;
  /** Which tool for building images it runs. */
  readonly builder: "kaniko" | "buildkit" | undefined;
  /** Why it is taken for a Go program, or for a go command; `undefined` when nothing says so. */
  readonly goReason: string | undefined;
}

export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly source: SourceText;
  readonly span: Span;
  /** Names, labels and annotations, as one text: what tells whom it serves. */
  readonly words: string;
  /** Runs to its end: a Job, a CronJob, a Tekton task, a bare Pod that is not restarted. */
  readonly isBatch: boolean;
  /** `hostUsers: false`: root in it is nobody on the node. */
  readonly isInUserNamespace: boolean;
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  place(span: Span): K8sPlace;
}

export interface K8sModel {
  readonly workloads: readonly Workload[];
  /** Access modes of the claims in the tree, by name. */
  readonly claims: ReadonlyMap<string, readonly string[]>;
  /** The modules of the tree, those nearest to its top first. */
  readonly modules: readonly GoModule[];
  readonly partial: readonly Partial[];
}
