/** Image archives: the OCI layout, and what `docker save` writes. Both are tar archives of named JSON files and layers. */

import { readFileSync, statSync } from "node:fs";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { driftErrors } from "../errors.ts";
import { readTar, type TarEntry } from "./tar-entries.ts";

export interface ImageLayer {
  /** The digest of the layer as it is stored, packed or not. */
  readonly digest: string;
  /** SHA-256 of the layer's tar archive: equal layers may be packed differently. */
  readonly diffId: string;
  readonly entries: readonly TarEntry[];
}

export interface Image {
  /** Which image of an archive with several platforms; `""` for the only one. */
  readonly platform: string;
  readonly config: unknown;
  readonly layers: readonly ImageLayer[];
}

const mostArchiveBytes = 2_000_000_000;
const mostLayerBytes = 4_000_000_000;
const mostImages = 50;

type Files = ReadonlyMap<string, Buffer>;

/** Throws `lab/image-unreadable`. */
export function readImageArchive(path: string): readonly Image[] {
  const files: Files = new Map(readTar(readArchive(path)).map(({ path: name, content }) => [name, content]));
  if (files.has("index.json")) return ociImages(files);
  if (files.has("manifest.json")) return dockerImages(files);
  throw unreadable(`${path} has neither index.json nor manifest.json`);
}

function readArchive(path: string): Buffer {
  try {
    if (statSync(path).size > mostArchiveBytes) throw new Error(`larger than ${mostArchiveBytes} bytes`);
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(`${path}: ${(cause as Error).message}`, cause);
  }
}

interface Descriptor {
  readonly digest?: string;
  readonly mediaType?: string;
  readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** An index may name further indexes; attestations of BuildKit are no images. */
function ociImages(files: Files): Image[] {
  const found: Image[] = [];
  const visit = (manifest: Manifest, platform: string, depth: number): void => {
    if (depth > 4 || found.length >= mostImages) throw unreadable("there are too many images in it");
    for (const one of manifest.manifests ?? []) {
      if (one.annotations?.["vnd.docker.reference.type"] === "attestation-manifest") continue;
      const { os = "", architecture = "", variant = "" } = one.platform ?? {};
      const own = [os, architecture, variant].filter((part) => part !== "").join("/");
      visit(jsonOf(files, blobName(one)) as Manifest, own || platform, depth + 1);
    }
    if (manifest.config === undefined) return;
    const layers = (manifest.layers ?? []).map((layer) => layerOf(files, blobName(layer)));
    found.push({ platform, config: jsonOf(files, blobName(manifest.config)), layers });
  };
  visit(jsonOf(files, "index.json") as Manifest, "", 0);
  return found;
}

function blobName({ digest = "" }: Descriptor): string {
  return `blobs/${digest.replace(":", "/")}`;
}

interface DockerManifest {
  readonly Config?: string;
  readonly Layers?: readonly string[];
}

function dockerImages(files: Files): Image[] {
  const manifests = jsonOf(files, "manifest.json");
  const isList = Array.isArray(manifests) && manifests.length <= mostImages;
  if (!isList) throw unreadable("manifest.json is no list of images");
  return (manifests as readonly DockerManifest[]).map(({ Config = "", Layers = [] }) => ({
    platform: "",
    config: jsonOf(files, Config),
    layers: Layers.map((name) => layerOf(files, name)),
  }));
}

function layerOf(files: Files, name: string): ImageLayer {
  const stored = blobOf(files, name);
  const archive = unpacked(stored, name);
  return { digest: sha256(stored), diffId: sha256(archive), entries: readTar(archive) };
}

function unpacked(bytes: Buffer, name: string): Buffer {
  const limit = { maxOutputLength: mostLayerBytes };
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes, limit);
    return bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528 ? zstdDecompressSync(bytes, limit) : bytes;
  } catch (cause) {
    throw unreadable(`${name}: ${(cause as Error).message}`, cause);
  }
}

function blobOf(files: Files, name: string): Buffer {
  const bytes = files.get(name);
  if (bytes === undefined) throw unreadable(`${name} is missing`);
  return bytes;
}

function jsonOf(files: Files, name: string): unknown {
  try {
    return JSON.parse(blobOf(files, name).toString("utf8"));
  } catch (cause) {
    throw unreadable(`${name}: ${(cause as Error).message}`, cause);
  }
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

function unreadable(detail: string, cause?: unknown): Error {
  return driftErrors.error("lab/image-unreadable", detail, { cause });
}
