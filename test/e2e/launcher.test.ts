/**
 * The launcher, in a copy of the repository whose main program is a few lines, so that a build takes a second. The
 * installed packages are the real ones, by a link; where npm has to run, a stand-in on PATH makes that link.
 */

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { testWith } from "../with-component.ts";

const repository = resolve(import.meta.dir, "../..");
const work = mkdtempSync(join(tmpdir(), "ballast launcher "));
const buildMs = 60_000;
let copies = 0;
let root = "";

const echoProgram = `
const [verb] = process.argv.slice(2);
if (verb === "copy") await Bun.write(Bun.stdout, await Bun.stdin.bytes());
else if (verb === "exit") process.exitCode = 42;
else if (verb === "wait") { console.log("ready"); await Bun.sleep(60_000); }
else console.log(JSON.stringify({ version: 1, pid: process.pid, cwd: process.cwd(), arguments: process.argv.slice(2),
  executable: process.execPath, leaked: process.env.LEAKED ?? null }));
`;

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly pid: number;
}

interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function run(command: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = Bun.spawn({
    cmd: [...command],
    cwd: options.cwd ?? work,
    env: { ...process.env, ...options.env },
    stdin: new Blob([options.stdin ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { status, stdout, stderr, pid: child.pid };
}

function launch(args: readonly string[] = [], options: RunOptions = {}): Promise<Run> {
  return run([join(root, "ballast"), ...args], options);
}

function report(result: Run): Record<string, unknown> {
  expect(result).toMatchObject({ status: 0 });
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

const linesOf = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

/** A tool folder that holds `tools` of this machine and nothing else. */
function toolsOnly(name: string, tools: readonly string[]): string {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  for (const tool of tools) {
    const path = Bun.which(tool);
    if (path !== null && !existsSync(join(folder, tool))) symlinkSync(path, join(folder, tool));
  }
  return folder;
}

const posixTools = [
  "sh",
  "cat",
  "find",
  "mkdir",
  "mv",
  "readlink",
  "rm",
  "rmdir",
  "sleep",
  "sort",
  "tail",
  "touch",
  "env",
];

beforeEach(() => {
  copies++;
  root = join(work, `copy ${copies}`);
  mkdirSync(join(root, "src/cli"), { recursive: true });
  for (const file of ["ballast", "package.json", "package-lock.json"]) cpSync(join(repository, file), join(root, file));
  mkdirSync(join(root, "scripts"));
  for (const file of readdirSync(join(repository, "scripts"))) {
    if (/\.sh$|^(packages-installed|list-inputs)\.ts$/.test(file)) {
      cpSync(join(repository, "scripts", file), join(root, "scripts", file));
    }
  }
  writeFileSync(join(root, "src/cli/main.ts"), echoProgram);
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("the launcher", () => {
  test(
    "builds once, says so in one line on stderr, and hands over arguments, folder, stdin and exit status",
    async () => {
      const first = await launch(["a b", "--c", ""]);
      expect(linesOf(first.stderr)).toEqual([expect.stringMatching(/^ballast: .*building the executable/)]);
      expect(report(first)).toMatchObject({ arguments: ["a b", "--c", ""], cwd: work });
      expect(report(first)["executable"]).toBe(join(root, ".ballast/bin/ballast"));
      const second = await launch([]);
      expect(second.stderr).toBe("");
      expect(report(second)["pid"]).toBe(second.pid);
      expect((await launch(["copy"], { stdin: "GOCACHEPROG" })).stdout).toBe("GOCACHEPROG");
      expect((await launch(["exit"])).status).toBe(42);
      expect(readdirSync(join(root, ".ballast/bin")).toSorted()).toEqual(["ballast", "inputs.sh"]);
    },
    buildMs,
  );

  test(
    "leaves stdin to the program even when it builds first",
    async () => {
      expect((await launch(["copy"], { stdin: "kept" })).stdout).toBe("kept");
    },
    buildMs,
  );

  test(
    "builds once when four start at once",
    async () => {
      const runs = await Promise.all([1, 2, 3, 4].map((number) => launch([String(number)])));
      expect(runs.map((one) => report(one)["arguments"])).toEqual([["1"], ["2"], ["3"], ["4"]]);
      expect(runs.filter((one) => one.stderr.includes("building the executable"))).toHaveLength(1);
      expect(existsSync(join(root, ".ballast/lock"))).toBe(false);
    },
    buildMs,
  );

  test(
    "builds again when a source changed, went or was replaced by an older one, not for a test",
    async () => {
      const extra = join(root, "src/cli/extra.ts");
      const beside = join(root, "src/cli/extra.test.ts");
      writeFileSync(extra, "export const extra = 1;\n");
      writeFileSync(beside, "export const beside = 1;\n");
      await launch();
      const later = new Date(Date.now() + 1000);
      utimesSync(beside, later, later);
      expect((await launch()).stderr).toBe("");
      rmSync(extra);
      expect((await launch()).stderr).toContain("building");
      writeFileSync(join(root, "src/cli/main.ts"), echoProgram.replace("version: 1", "version: 2"));
      expect(report(await launch())["version"]).toBe(2);
      expect((await launch()).stderr).toBe("");
      const older = join(root, "older.ts");
      writeFileSync(older, echoProgram.replace("version: 1", "version: 3"));
      utimesSync(older, new Date(1e12), new Date(1e12));
      renameSync(older, join(root, "src/cli/main.ts"));
      expect(report(await launch())["version"]).toBe(3);
    },
    buildMs,
  );

  test(
    "builds again when the list of what it was made from is gone, torn, or names a file that is imported since",
    async () => {
      await launch();
      const list = join(root, ".ballast/bin/inputs.sh");
      const whole = readFileSync(list, "utf8");
      for (const spoil of [
        () => rmSync(list),
        () => writeFileSync(list, whole.slice(0, -12)),
        () => writeFileSync(list, ""),
      ]) {
        spoil();
        expect((await launch()).stderr).toContain("building");
        expect((await launch()).stderr).toBe("");
      }
      const part = join(root, "src/cli/part.ts");
      writeFileSync(part, "export const part = 'part 1';\n");
      writeFileSync(
        join(root, "src/cli/main.ts"),
        `import { part } from "./part.ts";\nconsole.error(part);\n${echoProgram}`,
      );
      expect((await launch()).stderr).toContain("part 1");
      writeFileSync(part, "export const part = 'part 2';\n");
      expect((await launch()).stderr).toContain("part 2");
    },
    buildMs,
  );

  test(
    "carries workers as entries of their own",
    async () => {
      writeFileSync(join(root, "src/cli/echo-worker.ts"), "postMessage('from the worker');\n");
      writeFileSync(
        join(root, "src/cli/main.ts"),
        `const worker = new Worker("./src/cli/echo-worker.ts");
         worker.onmessage = (event) => { console.log(event.data); worker.terminate(); };`,
      );
      expect((await launch()).stdout).toBe("from the worker\n");
    },
    buildMs,
  );

  test(
    "works through links, from another folder, by a relative path, and named to sh",
    async () => {
      await launch();
      const links = join(root, "links");
      mkdirSync(links);
      symlinkSync("../ballast", join(links, "near"));
      symlinkSync(join(links, "near"), join(links, "far"));
      const path = `${links}${delimiter}${process.env["PATH"]}`;
      for (const result of [
        await run([join(links, "far")], { cwd: "/" }),
        await run(["./ballast"], { cwd: root }),
        await run(["sh", "ballast"], { cwd: root }),
        await run(["../links/near"], { cwd: join(root, "src") }),
        await run(["sh", "-c", "far"], { cwd: "/", env: { PATH: path } }),
      ]) {
        expect(result.stderr).toBe("");
        expect(report(result)["executable"]).toBe(join(root, ".ballast/bin/ballast"));
      }
    },
    buildMs,
  );

  test(
    "passes a signal on, for it has become the program",
    async () => {
      await launch();
      const child = Bun.spawn({ cmd: [join(root, "ballast"), "wait"], stdout: "pipe" });
      const { value } = await child.stdout.getReader().read();
      expect(new TextDecoder().decode(value)).toBe("ready\n");
      child.kill("SIGTERM");
      await child.exited;
      expect(child.signalCode).toBe("SIGTERM");
    },
    buildMs,
  );
});

describe("what lies in the caller's folder", () => {
  test(
    "is not read: .env, bunfig.toml and its preload, neither by the build nor by the program",
    async () => {
      const hostile = join(work, "hostile");
      mkdirSync(hostile, { recursive: true });
      writeFileSync(join(hostile, ".env"), "LEAKED=from-dotenv\n");
      writeFileSync(join(hostile, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
      writeFileSync(join(hostile, "preload.ts"), `require("node:fs").writeFileSync("${hostile}/ran", "");\n`);
      for (const again of ["built", "built already"]) {
        const result = await launch([again], { cwd: hostile });
        expect(report(result)).toMatchObject({ cwd: hostile, leaked: null });
      }
      expect(existsSync(join(hostile, "ran"))).toBe(false);
    },
    buildMs,
  );
});

describe("when something is wrong", () => {
  test(
    "a build that fails exits 70, shows why, and lets the next start try again",
    async () => {
      await launch();
      writeFileSync(join(root, "src/cli/main.ts"), "this is no program (");
      const failed = await launch();
      expect(failed).toMatchObject({ status: 70, stdout: "" });
      expect(failed.stderr).toContain("src/cli/main.ts:1");
      expect(failed.stderr).toContain("todo:");
      expect(readdirSync(join(root, ".ballast/bin")).toSorted()).toEqual(["ballast", "inputs.sh"]);
      writeFileSync(join(root, "src/cli/main.ts"), echoProgram);
      expect(report(await launch())["version"]).toBe(1);
    },
    buildMs,
  );

  test("no npm: exit 3, and what to do", async () => {
    rmSync(join(root, "node_modules"));
    const result = await launch([], { env: { PATH: toolsOnly("no npm", posixTools) } });
    expect(result).toMatchObject({ status: 3, stdout: "" });
    expect(result.stderr).toContain("npm is not installed");
    expect(result.stderr).toContain("todo: install Node.js");
    expect(existsSync(join(root, ".ballast/lock"))).toBe(false);
  });

  test(
    "npm installs what the lock file asks for, and its chatter stays off stdout",
    async () => {
      rmSync(join(root, "node_modules"));
      const tools = toolsOnly("stand-in npm", posixTools);
      writeFileSync(
        join(tools, "npm"),
        `#!/bin/sh\necho "$PWD $*" >>"$NPM_LOG"\ncat >>"$NPM_LOG"\necho chatter\nln -s "${repository}/node_modules" node_modules\n`,
      );
      chmodSync(join(tools, "npm"), 0o755);
      symlinkSync(Bun.which("ln")!, join(tools, "ln"));
      const log = join(root, "npm.log");
      const result = await launch([], { env: { PATH: tools, NPM_LOG: log }, stdin: "not for npm" });
      expect(linesOf(result.stderr)).toEqual([expect.stringMatching(/^ballast: first start: installing packages/)]);
      expect(report(result)["version"]).toBe(1);
      const said = readFileSync(log, "utf8");
      expect(said).toStartWith(`${root} ci --omit=dev `);
      expect(said).not.toContain("not for npm");
    },
    buildMs,
  );

  test("an npm that fails: exit 3, with its last lines", async () => {
    rmSync(join(root, "node_modules"));
    const tools = toolsOnly("failing npm", posixTools);
    writeFileSync(join(tools, "npm"), "#!/bin/sh\necho npm error network is down\nexit 1\n");
    chmodSync(join(tools, "npm"), 0o755);
    const result = await launch([], { env: { PATH: tools } });
    expect(result).toMatchObject({ status: 3, stdout: "" });
    expect(result.stderr).toContain("npm error network is down");
    expect(result.stderr).toContain("npm could not install the packages");
  });

  test(
    "a lock whose holder died is taken over",
    async () => {
      const dead = Bun.spawn({ cmd: ["true"] });
      await dead.exited;
      for (const holder of [String(dead.pid), ""]) {
        mkdirSync(join(root, ".ballast/lock"), { recursive: true });
        if (holder !== "") writeFileSync(join(root, ".ballast/lock/pid"), `${holder}\n`);
        rmSync(join(root, ".ballast/bin"), { recursive: true, force: true });
        expect(report(await launch())["version"]).toBe(1);
        expect(existsSync(join(root, ".ballast/lock"))).toBe(false);
      }
    },
    buildMs,
  );
});

describe("busybox", () => {
  testWith(
    "busybox",
    "its sh and its find do as well",
    async (folder) => {
      const tools = join(work, "busybox tools");
      mkdirSync(tools, { recursive: true });
      const busybox = join(folder, "bin/busybox");
      for (const tool of posixTools) {
        writeFileSync(join(tools, tool), `#!/bin/sh\nexec "${busybox}" ${tool} "$@"\n`);
        chmodSync(join(tools, tool), 0o755);
      }
      const start = (): Promise<Run> => run([busybox, "sh", join(root, "ballast")], { env: { PATH: tools } });
      expect(report(await start())["version"]).toBe(1);
      expect((await start()).stderr).toBe("");
      writeFileSync(join(root, "src/cli/main.ts"), echoProgram.replace("version: 1", "version: 2"));
      // busybox's test compares whole seconds, so a change in the second of the build would not count.
      const later = new Date(Date.now() + 1000);
      utimesSync(join(root, "src/cli/main.ts"), later, later);
      expect(report(await start())["version"]).toBe(2);
    },
    buildMs,
  );
});
