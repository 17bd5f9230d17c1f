import { resolve } from "node:path";
import { labFlags } from "../../lab/lab-flags.ts";
import { defineCommand } from "../command.ts";
import { absoluteContext } from "../named-pairs.ts";

/** `ballast lab drift [--module DIR] [--factor NAME=A,B]…` */
export const command = defineCommand({
  path: ["lab", "drift"],
  summary: "find out by experiment which build factors change a binary, and where",
  details:
    "Builds the program under every combination of factors that matter, in two copies of the repository, with GOENV=off " +
    "and no GOFLAGS, over one GOCACHE that is kept for labs. First the noise floor: equal builds, each with an empty cache. " +
    "Then one factor at a time from two baselines, then all combinations of what changed something, up to six factors; above " +
    "that, random base cells with each factor flipped.\n\n" +
    "Factors: workdir, trimpath, buildvcs, commit, dirty, asyncpreemptoff, gocache, tz, parallelism, cgo, cc, cgoflags, ldflags, " +
    "goamd64, pgo, goexperiment, gofips140, toolchain; any flag of go build (--factor=-gcflags=,-N) and any environment " +
    "variable (--factor NAME=A,B). An empty level leaves it out; a comma within a level is written \\,.\n\n" +
    "With --verify: the program is built again as it says that it was built, from the sources in the module's folder. " +
    "With --dockerfile: which factors change the image. Each combination is built twice, so that chance is told from " +
    "factors; factors are epoch (SOURCE_DATE_EPOCH), rewrite (rewrite-timestamp), workdir, filetimes, order, commit, dirty, " +
    "compression, and any build argument (--factor NAME=A,B). Then layers, entries and configuration side by side.\n\n" +
    "With two --image: layers, entries and configuration side by side, and Go programs in them.\n\n" +
    "Exit status 1 when equal builds come out differently (of an image: also with epoch and rewrite), --verify gives another program, or two images differ.",
  flags: {
    module: { type: "string", valueName: "DIR", doc: "The folder in which go build is run; this one by default." },
    package: { type: "string", valueName: "PACKAGE", doc: "The program to build, where there are several." },
    factor: {
      type: "string",
      multiple: true,
      valueName: "NAME[=A,B]",
      doc: "Vary this one, and only those named; may be repeated.",
    },
    buildFlag: {
      type: "string",
      multiple: true,
      valueName: "FLAG",
      doc: "A flag that every build has, of go build or, with --dockerfile, of buildctl; may be repeated.",
    },
    screen: {
      type: "boolean",
      default: true,
      doc: "Leave out what changes nothing alone; --no-screen combines all factors.",
    },
    noise: {
      type: "number",
      integer: true,
      min: 0,
      max: 1000,
      default: 2,
      doc: "How many equal builds with an empty cache the noise floor has; 0 leaves it out.",
    },
    verify: {
      type: "string",
      valueName: "BINARY",
      doc: "Instead, rebuild this program by its own build information, and name what differs.",
    },
    image: {
      type: "string",
      multiple: true,
      valueName: "ARCHIVE",
      doc: "Instead, compare two images, OCI layouts or docker save archives; given twice.",
    },
    dockerfile: {
      type: "string",
      valueName: "FILE",
      doc: "Instead of a program, build this Dockerfile's image by BuildKit, with --module as its context.",
    },
    buildContext: {
      type: "string",
      multiple: true,
      valueName: "NAME=FOLDER",
      doc: "With --dockerfile: a named context, for instance the base image; may be repeated.",
    },
    where: { type: "boolean", default: true, doc: "Look where binaries differ; --no-where leaves that out." },
    ...labFlags,
  },
  examples: [
    { line: "ballast lab drift", remark: "All factors that this machine has, on the module in this folder." },
    {
      line: "ballast lab drift --factor workdir --factor trimpath --html drift.html",
      remark: "Two factors, and a page with plots.",
    },
    {
      line: "ballast lab drift --factor toolchain=go1.26.8,go1.27.4 --budget 10m",
      remark: "Two toolchains, in ten minutes.",
    },
    {
      line: "ballast lab drift --image one.tar --image two.tar",
      remark: "What differs between two builds of an image?",
    },
    {
      line: "ballast lab drift --dockerfile Dockerfile --build-context golang:1.26=./base",
      remark: "What decides the image, and does it repeat?",
    },
    { line: "ballast lab drift --verify ./server", remark: "Was this binary built from these sources?" },
  ],
  run: async (context, flags) => {
    if (flags.verify !== undefined) {
      const { verifyCommand } = await import("../lab-verify.ts");
      return verifyCommand(context, { ...flags, verify: flags.verify });
    }
    if (flags.image.length > 0) {
      const { imagesCommand } = await import("../lab-images.ts");
      return imagesCommand(context, flags);
    }
    const [{ driftLab }, { runLabCommand }] = await Promise.all([
      import("../../lab/labs/drift/lab.ts"),
      import("../lab-command.ts"),
    ]);
    const { module, package: name, factor, dockerfile } = flags;
    const own = { module, package: name, factor, "build-flag": flags.buildFlag, dockerfile };
    const contexts = flags.buildContext.map((pair) => absoluteContext(pair, context.cwd));
    return runLabCommand(context, driftLab, flags, own, () => ({
      place: crypto.randomUUID().slice(0, 13),
      module: resolve(context.cwd, flags.module ?? "."),
      package: flags.package ?? "",
      factors: flags.factor,
      buildFlags: flags.buildFlag,
      screens: flags.screen,
      noise: flags.noise,
      locates: flags.where,
      image: dockerfile === undefined ? null : { dockerfile, contexts },
    }));
  },
});
