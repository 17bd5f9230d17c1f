import { resolve } from "node:path";
import { labFlags } from "../../lab/lab-flags.ts";
import { runsFlag } from "../../lab/rounds.ts";
import { defineCommand } from "../command.ts";

/** `ballast lab isolation` */
export const command = defineCommand({
  path: ["lab", "isolation"],
  summary: "what jobs that build at the same time do to each other, in each cache mode, by experiment",
  details:
    "Jobs in checkouts of their own build at the same time: with plain go over one folder, and with `ballast go` in each " +
    "of its cache modes. Then one job tries to get what only another has compiled, and other bytes are put in the place of " +
    "a compiled package. Counted are failed jobs, different programs from equal source, what leaked, time and bytes.\n\n" +
    "With --image the same is done in real image builds, where the mode is that of the cache mount; BUILDKIT_HOST names " +
    "the builder. Exit status 1 when jobs fail, programs differ, or a mode does not keep what it promises.",
  flags: {
    mode: {
      type: "choice",
      choices: ["native", "shared", "read-only", "isolated", "off"],
      multiple: true,
      doc: "Only this one; may be repeated.",
    },
    ...runsFlag,
    jobs: { type: "number", integer: true, min: 2, max: 16, default: 2, doc: "Jobs that build at the same time." },
    image: {
      type: "string",
      valueName: "IMAGE",
      doc: "Also build images that begin with this one, for instance golang:1.26.",
    },
    imageFolder: {
      type: "string",
      valueName: "DIR",
      doc: "A root file system that stands for that image, so that none is pulled.",
    },
    ...labFlags,
  },
  examples: [
    { line: "ballast lab isolation", remark: "On this machine." },
    { line: "ballast lab isolation --image golang:1.26 --jobs 4", remark: "And in image builds." },
  ],
  run: async (context, flags) => {
    const [{ isolationLab }, { runLabCommand }] = await Promise.all([
      import("../../lab/labs/isolation/lab.ts"),
      import("../lab-command.ts"),
    ]);
    const own = { mode: flags.mode, runs: flags.runs, image: flags.image, "image-folder": flags.imageFolder };
    return runLabCommand(context, isolationLab, flags, own, () => ({
      modes: flags.mode,
      jobs: flags.jobs,
      runs: flags.runs,
      image: flags.image ?? "",
      imageFolder: flags.imageFolder === undefined ? "" : resolve(context.cwd, flags.imageFolder),
    }));
  },
});
