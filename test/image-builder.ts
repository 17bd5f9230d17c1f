/** Real BuildKit daemons, each with a state of its own, and a base image made from this machine's Go: none is pulled. */

import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface ImageBuilder {
  /** BUILDKIT_HOST and a PATH with buildctl. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts a daemon whose steps have this machine's network. `components`: the folders of buildkit and of runc. */
export async function startImageBuilder(components: readonly string[]): Promise<ImageBuilder> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-buildkit-"));
  const socket = `unix://${join(folder, "socket")}`;
  const path = [...components.map((component) => join(component, "bin")), process.env["PATH"] ?? ""].join(":");
  const env = { PATH: path, HOME: folder, BUILDKIT_HOST: socket };
  const words = ["--root", join(folder, "state"), "--addr", socket, "--containerd-worker=false"];
  const daemon = Bun.spawn(["buildkitd", ...words, "--oci-worker-net", "host"], {
    env,
    stdout: "ignore",
    stderr: Bun.file(join(folder, "log")),
  });
  const deadlineMs = performance.now() + 30_000;
  while (Bun.spawnSync(["buildctl", "debug", "workers"], { env }).exitCode !== 0) {
    if (performance.now() > deadlineMs || daemon.exitCode !== null) {
      daemon.kill();
      throw new Error(`buildkitd did not start: ${await Bun.file(join(folder, "log")).text()}`);
    }
    await Bun.sleep(100);
  }
  return {
    env,
    async stop() {
      daemon.kill();
      await daemon.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * What starts builds on that daemon by `docker buildx`, without buildctl and without a docker daemon. `components`: the
 * folders of docker and of buildx.
 */
export function connectBuildx(
  builder: ImageBuilder,
  [docker = "", buildx = ""]: readonly string[],
): ImageBuilder["env"] {
  const { HOME: folder = "", BUILDKIT_HOST: socket = "" } = builder.env;
  const plugins = join(folder, ".docker/cli-plugins");
  mkdirSync(plugins, { recursive: true });
  symlinkSync(join(buildx, "bin/buildx"), join(plugins, "docker-buildx"));
  const env = {
    PATH: `${join(docker, "bin")}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    DOCKER_HOST: "unix:///nowhere",
  };
  const created = Bun.spawnSync(["docker", "buildx", "create", "--driver=remote", "--use", socket], { env });
  if (created.exitCode !== 0) throw new Error(`docker buildx create: ${created.stderr.toString()}`);
  return env;
}

/** What a shell needs, and what the tests' own steps run. */
const programs = ["sh", "cat", "cp", "ls", "mkdir", "rm", "date", "sleep", "sha256sum", "find", "tar"];
/** Libraries that Ballast itself is linked with. */
const libraries = ["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1"];

/** A root file system at `folder` with Go in /usr/local/go, a shell, and the C library. */
export function makeGoBase(folder: string): void {
  for (const path of ["bin", "usr/local/bin", "tmp", "root", "etc", "lib64", "usr/local/go/pkg/tool"]) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  chmodSync(join(folder, "tmp"), 0o1777);
  copyGo(join(folder, "usr/local/go"));
  symlinkSync("../go/bin/go", join(folder, "usr/local/bin/go"));
  writeFileSync(join(folder, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  const found = programs.map((name) => realpathSync(Bun.which(name) ?? "/bin/sh"));
  for (const [index, name] of programs.entries()) copyFileSync(found[index] ?? "", join(folder, "bin", name));
  const listed = Bun.spawnSync(["ldd", ...found]).stdout.toString();
  const needed = new Set([...listed.matchAll(/(\/\S+\.so\S*)/g)].map(([, path]) => path ?? ""));
  const libc = [...needed].find((path) => path.endsWith("/libc.so.6")) ?? "/lib/x86_64-linux-gnu/libc.so.6";
  for (const name of libraries) needed.add(join(dirname(libc), name));
  for (const path of needed) {
    if (!existsSync(path)) continue;
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    copyFileSync(path, join(folder, path));
  }
}

/** Without tests, test data and the go command's own source: 150 MB instead of 270. */
function copyGo(to: string): void {
  const root = Bun.spawnSync(["go", "env", "GOROOT", "GOARCH"], { env: { ...process.env, GOTOOLCHAIN: "local" } });
  const [from = "", architecture = ""] = root.stdout.toString().trim().split("\n");
  const tools = `pkg/tool/linux_${architecture}`;
  const isWanted = (path: string): boolean => !/\/testdata(?:\/|$)|_test\.go$|\/src\/cmd(?:\/|$)/.test(path);
  for (const name of ["bin", "src", "go.env", "VERSION", "pkg/include", tools].filter((one) =>
    existsSync(join(from, one)),
  )) {
    cpSync(join(from, name), join(to, name), { recursive: true, filter: isWanted, verbatimSymlinks: true });
  }
}

export interface DockerDaemon {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts a docker daemon without a network, with the classic builder alone. `component`: the folder of dockerd. */
export async function startDocker(component: string): Promise<DockerDaemon> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-docker-"));
  const socket = `unix://${join(folder, "socket")}`;
  // Its key would lie in /etc/docker, which is read-only here.
  writeFileSync(join(folder, "config"), JSON.stringify({ "deprecated-key-path": join(folder, "key") }));
  const places = ["data", "exec"].map((name) => `--${name}-root=${join(folder, name)}`);
  const network = ["--iptables=false", "--ip6tables=false", "--bridge=none"];
  const own = [`--config-file=${join(folder, "config")}`, `--pidfile=${join(folder, "pid")}`, `--host=${socket}`];
  const daemon = Bun.spawn([join(component, "bin/dockerd"), ...own, ...places, ...network], {
    stdout: "ignore",
    stderr: Bun.file(join(folder, "log")),
  });
  const env = { PATH: `${join(component, "bin")}:${process.env["PATH"] ?? ""}`, HOME: folder, DOCKER_HOST: socket };
  const deadlineMs = performance.now() + 60_000;
  while (Bun.spawnSync([join(component, "bin/docker"), "version"], { env }).exitCode !== 0) {
    if (performance.now() > deadlineMs || daemon.exitCode !== null) {
      daemon.kill();
      throw new Error(`dockerd did not start: ${(await Bun.file(join(folder, "log")).text()).slice(-2000)}`);
    }
    await Bun.sleep(200);
  }
  return {
    env,
    async stop() {
      daemon.kill();
      await daemon.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
