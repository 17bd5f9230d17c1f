/** A module proxy and a checksum database of the test's own: real zips, real hashes, a signed tree that the go command verifies. */

import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { deflateRawSync } from "node:zlib";

export interface UpstreamModule {
  readonly path: string;
  readonly version: string;
  /** By name within the module; go.mod among them. */
  readonly files: Readonly<Record<string, string>>;
}

export interface ModuleUpstream {
  readonly url: string;
  /** As GOSUMDB takes it. */
  readonly sumDatabase: string;
  /** Paths that were asked for, since it was last emptied. */
  readonly asked: string[];
  /** Bytes to send in place of a path's own. */
  readonly replaced: Map<string, Uint8Array>;
  /** From now on nothing answers. */
  stop(): Promise<void>;
}

const sumName = "sum.example.org";

export function startModuleUpstream(modules: readonly UpstreamModule[]): ModuleUpstream {
  const files = new Map<string, Uint8Array>();
  for (const module of modules) addModule(files, module);
  const sumDatabase = addSumDatabase(files, modules);
  const asked: string[] = [];
  const replaced = new Map<string, Uint8Array>();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const path = new URL(request.url).pathname.slice(1);
      asked.push(path);
      const bytes = replaced.get(path) ?? files.get(path);
      if (bytes === undefined) return new Response(`not found: ${path}\n`, { status: 404 });
      return new Response(bytes as Uint8Array<ArrayBuffer>);
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, sumDatabase, asked, replaced, stop: () => server.stop(true) };
}

/** The files of a proxy for these modules, for one that lies in a folder. */
export function moduleFiles(modules: readonly UpstreamModule[]): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const module of modules) addModule(files, module);
  return files;
}

function addModule(files: Map<string, Uint8Array>, module: UpstreamModule): void {
  const { path, version } = module;
  const list = files.get(`${path}/@v/list`);
  files.set(`${path}/@v/list`, Buffer.concat([list ?? Buffer.alloc(0), Buffer.from(`${version}\n`)]));
  const info = JSON.stringify({ Version: version, Time: "2026-01-02T03:04:05Z" });
  files.set(`${path}/@v/${version}.info`, Buffer.from(info));
  files.set(`${path}/@v/${version}.mod`, Buffer.from(module.files["go.mod"] ?? ""));
  files.set(`${path}/@v/${version}.zip`, makeZip(contentOf(module)));
}

function contentOf({ path, version, files }: UpstreamModule): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${path}@${version}/${name}`, text]));
}

export function makeZip(files: Readonly<Record<string, string>>): Buffer {
  const [locals, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [raw, nameBytes] = [Buffer.from(text), Buffer.from(name)];
    const packed = deflateRawSync(raw);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(Bun.hash.crc32(raw), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(raw.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), shared, nameBytes, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), shared, rest, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  Buffer.from([0x50, 0x4b, 5, 6]).copy(end);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function h1(files: Readonly<Record<string, string>>): string {
  const lines = Object.keys(files)
    .toSorted()
    .map((name) => `${sha256(files[name] ?? "").toString("hex")}  ${name}\n`);
  return `h1:${sha256(lines.join("")).toString("base64")}`;
}

/** A tree of one record for each module, at most two of them, so that its one tile holds the hashes of the records. */
function addSumDatabase(files: Map<string, Uint8Array>, modules: readonly UpstreamModule[]): string {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const rawKey = Buffer.concat([Buffer.from([1]), publicKey.export({ type: "spki", format: "der" }).subarray(-32)]);
  const keyId = sha256(`${sumName}\n`, rawKey).subarray(0, 4);
  const records = modules.map((module) => {
    const modHash = h1({ "go.mod": module.files["go.mod"] ?? "" });
    return `${module.path} ${module.version} ${h1(contentOf(module))}\n${module.path} ${module.version}/go.mod ${modHash}\n`;
  });
  const leaves = records.map((record) => sha256(Buffer.from([0]), record));
  const [first = Buffer.alloc(0), second] = leaves;
  const root = second === undefined ? first : sha256(Buffer.from([1]), first, second);
  const text = `go.sum database tree\n${records.length}\n${root.toString("base64")}\n`;
  const signature = Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]).toString("base64");
  const note = `${text}\n\u2014 ${sumName} ${signature}\n`;
  const base = `sumdb/${sumName}`;
  files.set(`${base}/supported`, Buffer.alloc(0));
  files.set(`${base}/latest`, Buffer.from(note));
  files.set(`${base}/tile/8/0/000.p/${records.length}`, Buffer.concat(leaves));
  for (const [at, { path, version }] of modules.entries()) {
    files.set(`${base}/lookup/${path}@${version}`, Buffer.from(`${at}\n${records[at] ?? ""}\n${note}`));
  }
  return `${sumName}+${keyId.toString("hex")}+${rawKey.toString("base64")}`;
}
