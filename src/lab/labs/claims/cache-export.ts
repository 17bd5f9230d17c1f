/** Whether a cache export of BuildKit holds what steps put into cache mounts. */

import { readdirSync, readFileSync } from "node:fs";
import type { ClaimKit, Judgement } from "./claim.ts";

const needsBuildKit: Judgement = {
  verdict: "unverified",
  evidence: "needs a BuildKit that answers to buildctl (BUILDKIT_HOST)",
};

/** Writes into the cache mount and beside it. */
const twoMarks = `package main

import "os"

func main() {
	for folder, mark := range map[string]string{"/mounted": "inside-the-cache-mount", "/layer": "beside-the-cache-mount"} {
		if err := os.WriteFile(folder+"/mark", []byte(mark), 0o644); err != nil { panic(err) }
	}
}
`;

const marked = `FROM scratch
COPY marks /marks
COPY layer /layer
RUN --mount=type=cache,target=/mounted ["/marks"]
`;

/** What `--cache-to` writes is looked through for what a step put into its cache mount. */
export async function exportsMounts(kit: ClaimKit): Promise<Judgement> {
  if (!(await kit.hasBuildKit())) return needsBuildKit;
  // Of this run alone: a step that the builder remembers would export what an earlier one wrote.
  const cwd = kit.module({ "main.go": twoMarks, Dockerfile: marked, "layer/of-this-run": crypto.randomUUID() });
  await kit.go(["build", "-o", "marks", "."], { cwd, env: { CGO_ENABLED: "0" } });
  const to = `${kit.folder()}/exported`;
  const files = ["--local", `context=${cwd}`, "--local", `dockerfile=${cwd}`];
  const cache = `type=local,dest=${to},mode=max,compression=uncompressed,force-compression=true`;
  const built = await kit.buildctl(["build", "--frontend=dockerfile.v0", ...files, "--export-cache", cache]);
  if (!built.ok) return { verdict: "unverified", evidence: "the builder did not build an image of two files" };
  const blobs = readdirSync(`${to}/blobs/sha256`).map((name) => readFileSync(`${to}/blobs/sha256/${name}`));
  const [mounted, beside] = ["inside-the-cache-mount", "beside-the-cache-mount"].map((mark) =>
    blobs.some((blob) => isLayer(blob) && hasFile(blob, mark)),
  );
  return {
    verdict: mounted === true || beside !== true ? "depends" : "false",
    evidence: `of a step's two files the export holds the one in a layer: ${beside}; the one in a cache mount: ${mounted}; docs/guides/images.md carries it`,
  };
}

/** An archive; the others are JSON. */
function isLayer(blob: Buffer): boolean {
  return blob.length > 512 && blob.toString("latin1", 257, 262) === "ustar";
}

/** As the whole content of a file: the program itself holds both texts, too. */
function hasFile(layer: Buffer, content: string): boolean {
  return layer.includes(Buffer.concat([Buffer.from(content), Buffer.alloc(64)]));
}
