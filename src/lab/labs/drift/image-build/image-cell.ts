/** The image of one combination, built twice: what differs between the two is chance, and no factor's doing. */

import { cpSync, lstatSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Bench } from "../../../bench.ts";
import { namedContext } from "../../../buildkit.ts";
import type { BuildOutcome, Levels } from "../build.ts";
import type { FactorOf } from "../factor.ts";
import { type Image, readImageArchive } from "../image/image-archive.ts";
import type { Subject } from "../subject.ts";
import { type ImageChange, mergeImageChanges } from "./image-factors.ts";
import { type MaskedImage, maskChance } from "./mask-chance.ts";

export interface ImageCells {
  /** The class of a combination, and by `said` what was chance in it. */
  build(levels: Levels): Promise<ImageOutcome>;
  /** The images of a combination, without what is chance; `undefined` where it does not build. */
  images(levels: Levels): Promise<readonly MaskedImage[] | undefined>;
}

export interface ImageOutcome extends BuildOutcome {
  readonly chance: readonly string[];
}

export interface ImageGround {
  readonly bench: Bench;
  readonly subject: Subject;
  readonly factors: readonly FactorOf<ImageChange>[];
  /** Below the copies' folder. */
  readonly dockerfile: string;
  /** NAME=FOLDER, or NAME=docker-image://IMAGE. */
  readonly contexts: readonly string[];
  /** Words that every build has. */
  readonly words: readonly string[];
  readonly folder: string;
}

const deadlineMs = 20 * 60_000;
const saidChars = 2000;

export function createImageCells(ground: ImageGround): ImageCells {
  return {
    build: async (levels) => {
      const built = await buildTwice(ground, levels);
      if ("said" in built) return failedOutcome(built.said);
      const hasher = new Bun.CryptoHasher("sha256");
      for (const { image } of built.images) hasher.update(JSON.stringify([image.config, image.layers.map(digestOf)]));
      const chance = [...new Set(built.images.flatMap((one) => one.chance))];
      return { outcome: "built", hash: hasher.digest("hex"), sizeBytes: built.sizeBytes, chance };
    },
    images: async (levels) => {
      const built = await buildTwice(ground, levels);
      return "said" in built ? undefined : built.images;
    },
  };
}

function digestOf({ digest }: Image["layers"][0]): string {
  return digest;
}

function failedOutcome(said: string): ImageOutcome {
  const hash = new Bun.CryptoHasher("sha256").update(`failed ${said}`).digest("hex");
  return { outcome: "failed", hash, sizeBytes: 0, said, chance: [] };
}

type BuiltTwice = { readonly images: readonly MaskedImage[]; readonly sizeBytes: number } | { readonly said: string };

async function buildTwice(ground: ImageGround, levels: Levels): Promise<BuiltTwice> {
  const { bench, factors, folder } = ground;
  const change = mergeImageChanges(factors.map((factor) => factor.change(levels[factor.name] ?? factor.levels[0])));
  const context = placeContext(ground, change);
  const sides: (readonly Image[])[] = [];
  let sizeBytes = 0;
  for (const name of ["first", "second"]) {
    // Times in images have whole seconds: within one, two builds would be alike by luck.
    if (name === "second") await Bun.sleep(1050 - (bench.clock.nowMs() % 1000));
    const archive = join(folder, `${name}.tar`);
    rmSync(archive, { force: true });
    await sendNothing(ground);
    const said = await buildOne(ground, change, context, archive);
    if (said !== undefined) return { said };
    sizeBytes = lstatSync(archive).size;
    sides.push(readImageArchive(archive));
    rmSync(archive);
  }
  const [first = [], second = []] = sides;
  const images = first.map((image, index) => maskChance(image, second[index] ?? image));
  return { images, sizeBytes };
}

/** Returns what the builder said when it failed. */
async function buildOne(
  { bench, dockerfile, contexts, words }: ImageGround,
  { words: own = [], output }: ImageChange,
  context: string,
  archive: string,
): Promise<string | undefined> {
  const files = ["--local", `context=${context}`, "--local", `dockerfile=${join(context, dirname(dockerfile))}`];
  const argv = ["buildctl", "build", "--progress=plain", "--no-cache", "--frontend=dockerfile.v0", ...files];
  argv.push("--opt", `filename=${basename(dockerfile)}`, ...contexts.flatMap(namedContext), ...words, ...own);
  argv.push("--output", [`type=oci,dest=${archive}`, output].filter((text) => text !== undefined).join(","));
  const result = await bench.run(argv, { env: bench.userEnv, deadlineMs });
  if (result.exitCode === 0) return undefined;
  const said = result.timedOut ? "it took longer than 20 minutes" : result.stderr.trim().slice(-saidChars);
  // Times and step numbers are another thing each time.
  return said.replace(/^#\d+ (?:\d+\.\d+ )?/gm, "").replace(/\d+\.\d+s/g, "…");
}

/**
 * A builder keeps the context that it was sent last, and its folders with the time of that. After a build of an empty one,
 * all is sent anew, as to another builder.
 */
async function sendNothing({ bench, folder }: ImageGround): Promise<void> {
  const empty = join(folder, "empty");
  mkdirSync(empty, { recursive: true });
  writeFileSync(join(empty, "Dockerfile"), "FROM scratch\nCOPY . /\n");
  const files = ["--local", `context=${empty}`, "--local", `dockerfile=${empty}`];
  await bench.run(["buildctl", "build", "--frontend=dockerfile.v0", ...files], { env: bench.userEnv, deadlineMs });
}

/** The copy in the state that the levels say; its folder. */
function placeContext({ subject, folder }: ImageGround, change: ImageChange): string {
  const place = change.place ?? "a";
  subject.setCommit(place, change.commit ?? "1");
  subject.setDirty(place, change.isDirty === true);
  const context = subject.folder(place);
  setTimes(context, change.fileTimes === "2" ? 1_706_832_000 : 1_704_067_200);
  if (change.isReversed !== true) return context;
  const reversed = join(folder, `${place}-reversed`, basename(context));
  rmSync(reversed, { recursive: true, force: true });
  copyReversed(context, reversed);
  setTimes(reversed, lstatSync(context).mtimeMs / 1000);
  return reversed;
}

function copyReversed(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).toSorted().toReversed()) {
    const [source, target] = [join(from, name), join(to, name)];
    if (lstatSync(source).isDirectory()) copyReversed(source, target);
    else cpSync(source, target, { verbatimSymlinks: true });
  }
}

/** Of files and folders; a link's own time is not in what a builder is sent. */
function setTimes(folder: string, seconds: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setTimes(path, seconds);
    else if (entry.isFile()) utimesSync(path, seconds, seconds);
  }
  utimesSync(folder, seconds, seconds);
}
