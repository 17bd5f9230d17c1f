import { resolve } from "node:path";
import { labFlags } from "../../lab/lab-flags.ts";
import { runsFlag } from "../../lab/rounds.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

/** `ballast lab hermetic` */
export const command = defineCommand({
  path: ["lab", "hermetic"],
  summary: "whether artefacts repeat with the system's toolchain, with Bazel and with Nix, by experiment",
  details:
    "Builds a Go program and a Java class several times, in new folders, with other users, homes, locales and time zones: " +
    "with what is on PATH, with Bazel and with Nix, whose toolchains are declared by folder, and with Bazel whose toolchains " +
    "come from Nixpkgs. Artefacts are compared within " +
    "one environment only. Decoys in front of PATH tell when a build starts a program that it did not declare.\n\n" +
    "What is not here is reported as unverified. Exit status 1 when artefacts differ or a build fell back to PATH.",
  flags: {
    environment: {
      type: "choice",
      choices: ["system", "bazel", "nix", "nixpkgs"],
      multiple: true,
      doc: "Only this one; may be repeated. nixpkgs is Bazel with what `ballast hermetic init` writes.",
    },
    language: { type: "choice", choices: ["go", "java"], multiple: true, doc: "Only this one; may be repeated." },
    ...runsFlag,
    nixpkgs: {
      type: "string",
      valueName: "COMMIT",
      doc: "The commit of NixOS/nixpkgs for the environment nixpkgs, which fetches from the network.",
    },
    workspace: {
      type: "string",
      valueName: "DIR",
      doc: "A Bazel workspace of yours, copied for each build, with --target and --artefact.",
    },
    target: { type: "string", valueName: "LABEL", doc: "What is built in it." },
    artefact: { type: "string", valueName: "PATH", doc: "What the target makes: bazel-bin/program." },
    ...labFlags,
  },
  examples: [
    { line: "ballast lab hermetic", remark: "Two builds of each that is here." },
    {
      line: "ballast lab hermetic --workspace . --target //:program --artefact bazel-bin/program",
      remark: "A workspace of yours: does it start what it did not declare?",
    },
  ],
  run: async (context, flags) => {
    const [{ hermeticLab }, { runLabCommand }] = await Promise.all([
      import("../../lab/labs/hermetic/lab.ts"),
      import("../lab-command.ts"),
    ]);
    const { workspace, target, artefact } = flags;
    const own = {
      environment: flags.environment,
      language: flags.language,
      runs: flags.runs,
      nixpkgs: flags.nixpkgs,
      workspace,
      target,
      artefact,
    };
    const words = [workspace, target, artefact];
    if (words.some((word) => word !== undefined) && words.includes(undefined)) {
      throw cliErrors.error("cli/argument-invalid", "--workspace, --target and --artefact are given together");
    }
    const isOwn = workspace !== undefined && target !== undefined && artefact !== undefined;
    return runLabCommand(context, hermeticLab, flags, own, () => ({
      environments: isOwn ? ["bazel"] : flags.environment,
      languages: isOwn ? ["go"] : flags.language,
      runs: flags.runs,
      nixpkgs: flags.nixpkgs ?? null,
      own: isOwn ? { folder: resolve(context.cwd, workspace), target, artefact } : null,
    }));
  },
});
