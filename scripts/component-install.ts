/**
 * Installs components of the table into the project's own folder of the user's cache, one folder each, named
 * `<name>@<version>`, with the programs in its `bin/`. A folder is made under another name and renamed, so one that
 * exists is whole.
 */

import {
  cpSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { holdLock } from "./folder-lock.ts";
import { componentNamed, type Component, type DebianSource, type GoBuildSource } from "./component-table.ts";

/** Where a component is, or why it cannot be had here. */
export type InstalledComponent = { readonly folder: string } | { readonly missing: string };

/** What the command said is in the message. */
class CommandFailure extends Error {}

const longestInstallMs = 15 * 60_000;

export function componentsFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "ballast", "components");
}

export function componentFolder(component: Component): string {
  return join(componentsFolder(), `${component.name}@${component.version.replace(/^\d+:|\.$/g, "")}`);
}

/** Installs what is missing of `names`, in order. Never throws for a component that cannot be had: it says why. */
export async function installComponents(names: readonly string[]): Promise<Record<string, InstalledComponent>> {
  const result: Record<string, InstalledComponent> = {};
  for (const name of names) result[name] = await installComponent(componentNamed(name));
  return result;
}

export async function installComponent(component: Component): Promise<InstalledComponent> {
  const folder = componentFolder(component);
  if (existsSync(join(folder, "bin"))) return { folder };
  try {
    mkdirSync(componentsFolder(), { recursive: true });
    await using _ = await holdLock(`${folder}.lock`, longestInstallMs);
    if (!existsSync(join(folder, "bin"))) await makeFolder(component, folder);
    return { folder };
  } catch (cause) {
    if (!(cause instanceof CommandFailure)) throw cause;
    return { missing: cause.message };
  }
}

async function makeFolder(component: Component, folder: string): Promise<void> {
  const temporary = `${folder}.new.${process.pid}`;
  const startedMs = performance.now();
  console.error(`components: installing ${component.name} ${component.version}`);
  try {
    mkdirSync(temporary, { recursive: true });
    await fill(component, temporary);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  console.error(`components: ${component.name} took ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

async function fill(component: Component, folder: string): Promise<void> {
  const { source } = component;
  switch (source.kind) {
    case "go-toolchain":
      return fillGoToolchain(component.version, folder);
    case "go-install":
      return fillGoPrograms(source.packages, component.version, folder);
    case "go-build":
      return fillGoBuild(component, source, folder);
    case "debian":
      return fillDebian(component, source, folder);
  }
}

/** Go downloads and checks its own toolchains, and keeps them in its module cache: the folder links there. */
async function fillGoToolchain(version: string, folder: string): Promise<void> {
  const goroot = await runText(["go", "env", "GOROOT"], { GOTOOLCHAIN: `go${version}`, GOFLAGS: "", GOROOT: "" });
  symlinkSync(join(goroot.trim(), "bin"), join(folder, "bin"));
}

async function fillGoPrograms(packages: readonly string[], version: string, folder: string): Promise<void> {
  const env = { GOBIN: join(folder, "bin"), GOFLAGS: "-trimpath", GOCACHEPROG: "", CGO_ENABLED: "0" };
  await runText(["go", "install", ...packages.map((path) => `${path}@${version}`)], env);
}

async function fillGoBuild(component: Component, source: GoBuildSource, folder: string): Promise<void> {
  const main = join(folder, "module");
  mkdirSync(main);
  const required = `${source.module}@${component.version}`;
  const env = {
    GOFLAGS: "-trimpath -mod=mod",
    GOCACHEPROG: "",
    GOWORK: "off",
    CGO_ENABLED: source.cgo === true ? "1" : "0",
  };
  const { GoMod: goMod } = JSON.parse(await runText(["go", "mod", "download", "-json", required])) as { GoMod: string };
  const replaced = source.replacedVersion === undefined ? [] : ownReplacements(readFileSync(goMod, "utf8"));
  writeFileSync(
    join(main, "go.mod"),
    [
      "module components.invalid",
      `require ${source.module} ${component.version}`,
      ...replaced.map((path) => `replace ${path} => ${path} ${source.replacedVersion}`),
    ].join("\n"),
  );
  await runText(["go", "-C", main, "mod", "edit", `-go=${await goVersion()}`]);
  mkdirSync(join(folder, "bin"));
  await runText(
    ["go", "-C", main, "build", "-ldflags=-s -w", "-o", `${join(folder, "bin")}/`, ...source.packages],
    env,
  );
}

/** The modules that a go.mod replaces by folders of its own repository. */
function ownReplacements(goMod: string): string[] {
  return [...goMod.matchAll(/^\s*(?:replace\s+)?(\S+)\s+=>\s+\.\//gm)].map(([, path]) => path ?? "");
}

async function goVersion(): Promise<string> {
  return (await runText(["go", "env", "GOVERSION"])).trim().replace(/^go/, "");
}

/**
 * Unpacks the packages, with those they depend on and the machine lacks, instead of installing them: nothing of the
 * machine changes, and no service starts. apt-get only downloads for root.
 */
async function fillDebian(component: Component, source: DebianSource, folder: string): Promise<void> {
  if (Bun.which("apt-get") === null) throw new CommandFailure("it is installed from Debian's packages");
  if (process.getuid?.() !== 0) throw new CommandFailure("apt-get downloads only for root");
  const archives = join(folder, "archives");
  mkdirSync(join(archives, "partial"), { recursive: true });
  await downloadDebian(source.packages, archives);
  for (const file of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
    await refuseOtherVersion(join(archives, file), source.packages, component.version);
    await runText(["dpkg-deb", "--extract", join(archives, file), join(folder, "root")]);
  }
  rmSync(archives, { recursive: true });
  if (source.isTiedToItsPlace === true) joinUsr(join(folder, "root"));
  mkdirSync(join(folder, "bin"));
  const write = source.isTiedToItsPlace === true ? writeOverlayStarter : writeStarter;
  for (const program of source.programs) write(folder, componentFolder(component), program);
}

async function downloadDebian(packages: readonly string[], archives: string): Promise<void> {
  const options = ["--yes", "--no-install-recommends", "--download-only", "--reinstall"];
  const settings = ["-o", `Dir::Cache::archives=${archives}`, "-o", "APT::Sandbox::User=root"];
  const download = ["apt-get", "install", ...options, ...settings, ...packages];
  try {
    await runText(download, { DEBIAN_FRONTEND: "noninteractive" });
  } catch (cause) {
    if (!(cause instanceof CommandFailure)) throw cause;
    // On a fresh machine the package lists are empty, on an older one they name files that were replaced.
    await runText(["apt-get", "update"]);
    await runText(download, { DEBIAN_FRONTEND: "noninteractive" });
  }
}

async function refuseOtherVersion(file: string, packages: readonly string[], version: string): Promise<void> {
  const [name = "", found = ""] = (
    await runText(["dpkg-deb", "--show", "--showformat=${Package} ${Version}", file])
  ).split(" ");
  if (packages.includes(name) && !found.startsWith(version)) {
    throw new CommandFailure(`this Debian release has ${name} ${found}, the table pins ${version}`);
  }
}

/**
 * A script in `bin/` that starts the unpacked program with the unpacked libraries. It calls no other program and names
 * the place where the folder will be, so that it works with any PATH.
 */
function writeStarter(folder: string, finalFolder: string, program: string): void {
  const path = ["usr/bin", "usr/sbin", "bin", "sbin", "usr/lib/postgresql/15/bin"]
    .map((place) => join("root", place, program))
    .find((candidate) => existsSync(join(folder, candidate)));
  if (path === undefined) throw new Error(`the unpacked packages hold no program ${program}`);
  const libraries = ["root/usr/lib", "root/lib"]
    .filter((place) => existsSync(join(folder, place)))
    .flatMap((place) => readdirSync(join(folder, place)).map((name) => join(finalFolder, place, name)))
    .filter((place) => place.endsWith("-linux-gnu"));
  // An empty element would mean the working directory.
  const libraryPath = `${libraries.join(":")}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}`;
  const setting = libraries.length === 0 ? "" : `export LD_LIBRARY_PATH="${libraryPath}"\n`;
  const starter = join(folder, "bin", program);
  writeFileSync(starter, `#!/bin/sh\n${setting}exec "${join(finalFolder, path)}" "$@"\n`);
  chmodSync(starter, 0o755);
}

/**
 * The same for programs that look for their files under /usr and /etc: they are started in a mount namespace of their
 * own, in which the unpacked folders lie over the machine's. Nobody else sees that; it takes root.
 */
function writeOverlayStarter(folder: string, finalFolder: string, program: string): void {
  const mounts = ["usr", "etc"]
    .filter((place) => existsSync(join(folder, "root", place)))
    .map((place) => `mount -t overlay overlay -o "lowerdir=$0/root/${place}:/${place}" /${place}`);
  // By its path: found by name it would be this script again, where its folder is on PATH.
  const place = existsSync(join(folder, "root/usr/sbin", program)) ? "sbin" : "bin";
  const script = [...mounts, `exec /usr/${place}/${program} "$@"`].join(" && ");
  const starter = join(folder, "bin", program);
  writeFileSync(starter, `#!/bin/sh\nexec unshare --mount sh -c '${script}' "${finalFolder}" "$@"\n`);
  chmodSync(starter, 0o755);
}

/** Packages still bring /lib and /bin of their own, which on the machine are links into /usr. */
function joinUsr(root: string): void {
  for (const name of ["lib", "lib64", "bin", "sbin"]) {
    const path = join(root, name);
    if (existsSync(path)) cpSync(path, join(root, "usr", name), { recursive: true, verbatimSymlinks: true });
  }
}

/** What the command wrote to stdout. Throws CommandFailure, with the last line of its stderr, when it fails. */
async function runText(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const [program = ""] = command;
  if (Bun.which(program) === null) throw new CommandFailure(`${program} is not installed`);
  const child = Bun.spawn({
    cmd: [...command],
    cwd: componentsFolder(),
    env: { ...process.env, LC_ALL: "C", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: longestInstallMs,
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status === 0) return stdout;
  throw new CommandFailure(
    `${command.slice(0, 2).join(" ")} exited ${status}: ${stderr.trim().split("\n").at(-1) ?? ""}`,
  );
}
