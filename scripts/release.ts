/**
 * `npm run build [-- PLATFORM…]`: the release, one executable for each platform, in dist/ with a file of SHA-256 sums.
 * Only the executable of this machine's own platform can be started here; the others are built and said to be untested.
 */

import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

const root = resolve(import.meta.dir, "..");
const folder = "dist";

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

function build(platform: string, target: string): string {
  const file = `${folder}/ballast-${platform}`;
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

async function sha256(file: string): Promise<string> {
  return new Bun.CryptoHasher("sha256").update(await Bun.file(join(root, file)).arrayBuffer()).digest("hex");
}

/** What the executable says of itself when it starts; throws when it does not start. */
function smokeTest(file: string): string {
  const run = Bun.spawnSync({ cmd: [join(root, file), "--version"], cwd: "/", stdin: "ignore" });
  if (run.exitCode !== 0) throw new Error(`${file} --version exited ${run.exitCode}: ${run.stderr.toString().trim()}`);
  return run.stdout.toString().trim();
}

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((platform) => targets[platform] === undefined);
  if (unknown.length > 0) {
    console.error(`npm run build: no platform ${unknown.join(", ")}; there are ${Object.keys(targets).join(", ")}`);
    return 2;
  }
  const chosen = Object.entries(targets).filter(([platform]) => args.length === 0 || args.includes(platform));
  if (args.length === 0) rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder), { recursive: true });
  const sums: string[] = [];
  for (const [platform, target] of chosen) {
    const file = build(platform, target);
    const sum = await sha256(file);
    sums.push(`${sum}  ${basename(file)}\n`);
    const state = platform === ownPlatform() ? `starts: ${smokeTest(file)}` : "built, not tested: it does not run here";
    const megabytes = (statSync(join(root, file)).size / 1e6).toFixed(1);
    console.log(`${file.padEnd(30)} ${megabytes.padStart(6)} MB  sha256 ${sum}  ${state}`);
  }
  writeFileSync(join(root, folder, "SHA256SUMS"), sums.join(""));
  return 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (cause) {
  console.error(`npm run build: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exit(70);
}
