import { join, resolve } from "node:path";
import type { Carry, CarriedBytes, ImageBuildResult } from "../../build/image/build-image.ts";
import type { CarryOptions } from "../../build/image/carried-tools.ts";
import type { FoundBuilder } from "../../build/image/choose-builder.ts";
import { shortName } from "../../build/image/build-progress.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { systemClock } from "../../core/clock.ts";
import { formatBytes, formatDuration } from "../../core/human-units.ts";
import { createProgress } from "../../core/progress.ts";
import { settingFlags } from "../../core/settings.ts";
import { formatTable } from "../../core/table.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { absoluteContext, requirePair } from "../named-pairs.ts";
import { cliErrors } from "../errors.ts";

const builders = ["buildctl", "buildx", "classic"] as const;

/** `ballast image build [CONTEXT]` */
export const command = defineCommand({
  path: ["image", "build"],
  summary: "build an image with the shared Go cache in the steps that compile",
  details:
    "BuildKit keeps cache mounts to itself: no cache export holds them, so on a new builder go begins with nothing. This " +
    "hands Ballast into each RUN that compiles Go, as a mount, with the address of the cache server and a token as " +
    "secrets: go asks the server for what another builder compiled. The Dockerfile needs nothing for it and is not " +
    "changed; nothing of it is in a layer or in a step's key.\n\n" +
    "Without a server, --carry-folder names a folder of this machine, for instance one that the CI platform keeps from job " +
    "to job: the caches that the Dockerfile mounts are unpacked from it into the builder, and packed into it afterwards.\n\n" +
    "Where Ballast does not start in the step's image (Alpine with the executable for glibc), and without a server, the " +
    "image is built as it is, and that is said. Without BuildKit there are no mounts: then the program is compiled on " +
    "this machine with the usual cache and copied into the last stage, where the Dockerfile is plain enough for that.",
  positionals: "[CONTEXT]",
  flags: {
    ...settingFlags(cacheSettings),
    file: { type: "string", valueName: "PATH", doc: "The Dockerfile.", defaultText: "CONTEXT/Dockerfile" },
    tag: { type: "string", multiple: true, valueName: "NAME", doc: "The image's name; may be repeated." },
    push: { type: "boolean", default: false, doc: "Push it to its registry." },
    output: {
      type: "string",
      valueName: "SPEC",
      doc: "Where the result goes, as BuildKit has it: type=oci,dest=FILE.",
    },
    target: { type: "string", valueName: "STAGE", doc: "Build this stage instead of the last one." },
    platform: { type: "string", valueName: "OS/ARCH", doc: "For which platforms." },
    buildArg: { type: "string", multiple: true, valueName: "NAME=VALUE", doc: "A build argument; may be repeated." },
    buildContext: {
      type: "string",
      multiple: true,
      valueName: "NAME=FOLDER",
      doc: "A named context: a folder, or docker-image://IMAGE; may be repeated.",
    },
    builder: { type: "choice", choices: builders, doc: "What builds.", defaultText: "the first that answers" },
    carry: {
      type: "choice",
      choices: ["server", "none"],
      default: "server",
      doc: "Whether the steps that compile get the shared cache.",
    },
    carryFolder: {
      type: "string",
      valueName: "DIR",
      doc: "Carry Go's caches in from this folder and out into it, instead of asking a server.",
    },
    tools: {
      type: "string",
      valueName: "IMAGE",
      doc: "An image that holds /ballast, instead of sending this executable.",
    },
    epoch: {
      type: "number",
      integer: true,
      min: 0,
      valueName: "SECONDS",
      doc: "No file of the image gets a later time; SOURCE_DATE_EPOCH when not given.",
    },
    noCache: { type: "boolean", default: false, doc: "Run every step, whatever layers the builder has." },
    json: { type: "boolean", default: false, doc: "Print one JSON object." },
  },
  examples: [
    { line: "ballast image build --tag registry.example.com/app:1 --push", remark: "In a CI job." },
    {
      line: "ballast image build --carry-folder .cache/go-image --tag app:1",
      remark: "Without a server: the folder is one that CI keeps from job to job.",
    },
    {
      line: "ballast image build --output type=oci,dest=app.tar --build-context golang:1.26=./base",
      remark: "Without a registry, on a base of one's own.",
    },
  ],
  run: async (context, flags, [folder = ".", ...rest]) => {
    if (rest.length > 0) throw cliErrors.error("cli/argument-unexpected", rest[0] ?? "");
    for (const pair of [...flags.buildArg, ...flags.buildContext]) requirePair(pair);
    const { cwd, env, signal, stderr } = context;
    const order = {
      context: resolve(cwd, folder),
      file: flags.file === undefined ? join(resolve(cwd, folder), "Dockerfile") : resolve(cwd, flags.file),
      target: flags.target,
      platform: flags.platform,
      buildArgs: flags.buildArg,
      contexts: flags.buildContext.map((pair) => absoluteContext(pair, cwd)),
      tags: flags.tag,
      push: flags.push,
      output: flags.output,
      epochSeconds: flags.epoch ?? epochOf(env),
      noCache: flags.noCache,
      toolsImage: flags.tools,
      env,
      cwd,
      signal,
    };
    const { findBuilder } = await import("../../build/image/choose-builder.ts");
    const builder = flags.builder ?? (await findBuilder({ env, cwd, signal }));
    const progress = createProgress(stderr, systemClock);
    const onStep = (name: string): void => progress.update(name);
    const carry = await chooseCarry(context, flags);
    try {
      if (builder === "classic") {
        const { buildClassic } = await import("../../build/image/classic-build.ts");
        const result = await buildClassic({ ...order, onStep });
        progress.finish();
        return show(context, builder, result, flags.json);
      }
      const { buildImage } = await import("../../build/image/build-image.ts");
      const result = await buildImage({ ...order, builder, onStep, carry });
      progress.finish();
      const why = carry !== undefined || flags.carry === "none" ? undefined : "no cache server is set";
      return show(context, builder, { ...result, notCarried: result.notCarried ?? why }, flags.json);
    } finally {
      progress.finish();
    }
  },
});

interface CarryFlags {
  readonly carry: "server" | "none";
  readonly carryFolder: string | undefined;
}

/** A folder that is named goes before a server that is set for all commands. */
async function chooseCarry(context: CommandContext, flags: CarryFlags): Promise<Carry | undefined> {
  if (flags.carry === "none") return undefined;
  if (flags.carryFolder !== undefined) return { by: "folder", folder: resolve(context.cwd, flags.carryFolder) };
  const options = await carryOptions(context, { ...flags });
  return options.server === undefined ? undefined : { by: "server", options };
}

async function carryOptions(
  { env, cwd, stderr }: CommandContext,
  flags: Record<string, unknown>,
): Promise<CarryOptions> {
  const { readHelperOptions } = await import("../../cache/helper/read-options.ts");
  const options = readHelperOptions(env, cwd, flags);
  const host = URL.parse(options.server ?? "")?.hostname;
  if (host !== undefined && /^(?:localhost|127\..*|\[::1\])$/.test(host)) {
    stderr.write(
      `ballast: note: ${host} means the step itself, unless the builder gives its steps the host's network\n`,
    );
  }
  return options;
}

function epochOf(env: CommandContext["env"]): number | undefined {
  const text = env["SOURCE_DATE_EPOCH"] ?? "";
  return /^\d{1,11}$/.test(text) ? Number(text) : undefined;
}

function show(
  { stdout, stderr }: CommandContext,
  builder: FoundBuilder,
  { steps, carriedLines, notCarried, carriedBytes, tookMs }: ImageBuildResult,
  json: boolean,
): number {
  if (json) {
    const answer = {
      version: 1,
      builder,
      tookMs: Math.round(tookMs),
      carriedLines,
      notCarried: notCarried ?? null,
      carriedFolder: carriedBytes ?? null,
      steps,
    };
    stdout.write(`${JSON.stringify(answer)}\n`);
    return 0;
  }
  const ran = steps.filter(({ name }) => /^\[[^\]]*\d+\/\d+\]/.test(name));
  const rows = ran.map(({ name, cached, durationMs }) => [
    cached ? "cached" : formatDuration(durationMs),
    shortName(name).slice(0, 100),
  ]);
  if (rows.length > 0) stdout.write(formatTable([{ title: "TOOK", align: "right" }, "STEP"], rows));
  const own = carriedBytes === undefined ? "the shared cache was" : "caches were mounted";
  const carriedText = carriedLines.length === 0 ? "" : `; ${own} in line ${carriedLines.join(", ")}`;
  stdout.write(`built by ${builder} in ${formatDuration(tookMs)}${carriedText}\n`);
  if (carriedBytes !== undefined) stdout.write(carriedBytesText(carriedBytes));
  if (notCarried !== undefined) stderr.write(`ballast: note: the shared cache was not carried in: ${notCarried}\n`);
  return 0;
}

function carriedBytesText({ folder, inBytes, outBytes, reasons }: CarriedBytes): string {
  const sizeOf = (bytes: number | undefined): string => (bytes === undefined ? "nothing" : formatBytes(bytes));
  const why = reasons.map((reason) => `  ${reason}\n`).join("");
  return `Go's caches: ${sizeOf(inBytes)} in from ${folder}, ${sizeOf(outBytes)} out into it\n${why}`;
}
