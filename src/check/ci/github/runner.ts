/** The machine of a job, told from `runs-on` and `container`. */

import { type YamlNode, yamlChild, yamlItems, yamlText } from "../../yaml/yaml-node.ts";
import type { CiText, Job } from "../model.ts";
import { type Machine, workspaceRoot } from "../paths.ts";
import { textAt } from "../read-context.ts";

export interface Runner {
  readonly label: string;
  readonly os: Job["os"];
  readonly arch: string | undefined;
  readonly isHosted: boolean;
}

/** GitHub's own runners and the large ones that are named after them. */
export function runnerOf(node: YamlNode | undefined, resolve: (text: string) => string): Runner {
  const labels = yamlItems(node?.kind === "map" ? (yamlChild(node, "labels") ?? yamlChild(node, "group")) : node).map(
    (item) => resolve(item.text),
  );
  const label = labels.join(", ");
  const isHosted = labels.length === 1 && /^(?:ubuntu|macos|windows)-/.test(label) && !label.includes("${{");
  const isArm = /-arm\b|arm64|macos-1[4-9]|macos-latest/.test(label) && !/large$|intel/.test(label);
  const arch = isArm ? "ARM64" : "X64";
  return { label, os: osOf(label), arch: isHosted ? arch : undefined, isHosted };
}

function osOf(label: string): Job["os"] {
  if (/ubuntu|linux/i.test(label)) return "linux";
  if (/macos/i.test(label)) return "macos";
  return /windows/i.test(label) ? "windows" : undefined;
}

export function imageOf(
  path: string,
  container: YamlNode | undefined,
  resolve: (text: string) => string,
): CiText | undefined {
  const node = container?.kind === "map" ? yamlChild(container, "image") : container;
  const text = yamlText(node);
  return node === undefined || text === undefined || text === "" ? undefined : textAt(path, node, resolve(text));
}

const homes = { linux: "/home/runner", macos: "/Users/runner", windows: "C:/Users/runneradmin" } as const;

/** In a container GitHub sets HOME to a folder that it mounts, for scripts and actions alike. */
export function machineOf(runner: Runner, image: CiText | undefined): Machine {
  if (image !== undefined) {
    return {
      os: "linux",
      home: "/github/home",
      workspace: workspaceRoot,
      goPath: isGoImage(image.text) ? "/go" : undefined,
    };
  }
  const home = runner.isHosted && runner.os !== undefined ? homes[runner.os] : undefined;
  return { os: runner.os, home, workspace: workspaceRoot, goPath: undefined };
}

/** The official Go image and what is built on it, which set GOPATH=/go. */
export function isGoImage(image: string): boolean {
  return /(?:^|\/)golang(?::|@|$)/.test(image);
}
