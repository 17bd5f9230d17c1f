/**
 * `npm run build [-- --out=DIR PLATFORM…]`: the release, one executable for each platform, in dist/, packed beside it
 * for runners that download it, and a file of SHA-256 sums; what lay there of an earlier release is removed.
 * Only the executable of this machine's own platform can be started here; the others are built and said to be untested.
 */

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";

const sumsFile = "SHA256SUMS";
const root = resolve(import.meta.dir, "..");

/** Our names, and Bun's for the runtime that it takes from npm. */
const targets: Readonly<Record<string, string>> = {
  "linux-x64": "bun-linux-x64",
  "linux-x64-musl": "bun-linux-x64-musl",
  "linux-arm64": "bun-linux-arm64",
  "linux-arm64-musl": "bun-linux-arm64-musl",
  "macos-x64": "bun-darwin-x64",
  "macos-arm64": "bun-darwin-arm64",
};

/** This machine's platform, under our names. Bun for musl has its own package; the process does not tell, its loader does. */
function ownPlatform(): string {
  const system = process.platform === "darwin" ? "macos" : process.platform;
  const glibc =
    Bun.spawnSync({ cmd: ["getconf", "GNU_LIBC_VERSION"], stdout: "ignore", stderr: "ignore" }).exitCode === 0;
  return `${system}-${process.arch}${system === "linux" && !glibc ? "-musl" : ""}`;
}

function build(folder: string, platform: string, target: string): string {
  const file = join(folder, `ballast-${platform}`);
  const made = Bun.spawnSync({
    cmd: ["sh", "scripts/compile.sh", file, `--target=${target}`],
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  if (made.exitCode !== 0) throw new Error(`${platform}: ${made.stderr.toString().trim()}`);
  return file;
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

/**
 * By ending. libdeflate packs as small as `gzip -9` in a quarter of the time, and its level 12 gains 2 % in five times
 * as long; zstd's level 19 gains 9 % in fifteen times as long.
 */
const packers: Readonly<Record<string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array>> = {
  ".gz": (bytes) => Bun.gzipSync(bytes, { library: "libdeflate", level: 9 }),
  ".zst": (bytes) => Bun.zstdCompressSync(bytes, { level: 10 }),
};

function inMegabytes(bytes: Uint8Array): string {
  return `${(bytes.length / 1e6).toFixed(1).padStart(6)} MB`;
}

/** What the executable says of itself when it starts; throws when it does not start. */
function smokeTest(file: string): string {
  const run = Bun.spawnSync({ cmd: [file, "--version"], cwd: "/", stdin: "ignore" });
  if (run.exitCode !== 0) throw new Error(`${file} --version exited ${run.exitCode}: ${run.stderr.toString().trim()}`);
  return run.stdout.toString().trim();
}

/** Removes an earlier release, so that the sums name every executable of the folder. */
function emptyFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name === sumsFile || name.startsWith("ballast-")) rmSync(join(folder, name));
  }
}

async function buildAll(folder: string, platforms: readonly string[]): Promise<void> {
  emptyFolder(folder);
  const sums: string[] = [];
  for (const platform of platforms) {
    const file = build(folder, platform, targets[platform] ?? "");
    const bytes = new Uint8Array(await Bun.file(file).arrayBuffer());
    sums.push(`${sha256(bytes)}  ${basename(file)}\n`);
    const sizes = [inMegabytes(bytes)];
    for (const [ending, pack] of Object.entries(packers)) {
      const packed = pack(bytes);
      writeFileSync(file + ending, packed);
      sums.push(`${sha256(packed)}  ${basename(file)}${ending}\n`);
      sizes.push(`${ending} ${inMegabytes(packed)}`);
    }
    const state = platform === ownPlatform() ? `starts: ${smokeTest(file)}` : "built, not tested: it does not run here";
    console.log(`${relative(root, file).padEnd(30)} ${sizes.join(", ")}  sha256 ${sha256(bytes)}  ${state}`);
  }
  writeFileSync(join(folder, sumsFile), sums.join(""));
}

async function main(args: readonly string[]): Promise<number> {
  const out = args.find((argument) => argument.startsWith("--out="))?.slice("--out=".length);
  const named = args.filter((argument) => !argument.startsWith("--out="));
  const unknown = named.filter((platform) => targets[platform] === undefined);
  if (unknown.length > 0 || out === "") {
    console.error(`npm run build: no platform ${unknown.join(", ")}; there are ${Object.keys(targets).join(", ")}`);
    return 2;
  }
  const platforms = Object.keys(targets).filter((platform) => named.length === 0 || named.includes(platform));
  await buildAll(resolve(root, out ?? "dist"), platforms);
  return 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (cause) {
  console.error(`npm run build: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exit(70);
}
