/**
 * The hashes of go.sum, `h1:`: SHA-256 over a list of the files and their SHA-256, sorted by name
 * (`golang.org/x/mod/sumdb/dirhash`).
 */

/** `sha256`: of the file's content, hex. */
export interface HashedFile {
  readonly name: string;
  readonly sha256: string;
}

export function dirHash(files: readonly HashedFile[]): string {
  const sorted = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const hasher = new Bun.CryptoHasher("sha256");
  for (const { name, sha256 } of sorted) hasher.update(`${sha256}  ${name}\n`);
  return `h1:${hasher.digest("base64")}`;
}

/** The hash of a go.mod file by itself. */
export function modFileHash(content: Uint8Array): string {
  return dirHash([{ name: "go.mod", sha256: new Bun.CryptoHasher("sha256").update(content).digest("hex") }]);
}

/** What a record of the checksum database says of a version; `undefined` where it says nothing of it. */
export function recordedHashes(
  record: string,
  module: string,
  version: string,
): { readonly zip: string; readonly mod: string } | undefined {
  const hashOf = (name: string): string | undefined =>
    record
      .split("\n")
      .find((line) => line.startsWith(`${name} h1:`))
      ?.slice(name.length + 1)
      .trim();
  const [zip, mod] = [hashOf(`${module} ${version}`), hashOf(`${module} ${version}/go.mod`)];
  return zip === undefined || mod === undefined ? undefined : { zip, mod };
}
