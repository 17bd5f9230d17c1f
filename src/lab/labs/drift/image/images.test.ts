/** Image archives made by the system's tar, with one planted difference each. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { readTar } from "./tar-entries.ts";
import { compareImageArchives, type ImagesAnalysis } from "./image-report.ts";

const base = mkdtempSync(join(tmpdir(), "images-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let serial = 0;

function sh(cwd: string, script: string): void {
  const child = Bun.spawnSync(["sh", "-ec", script], { cwd });
  if (child.exitCode !== 0) throw new Error(`${script}: ${child.stderr.toString()}`);
}

const sha = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

interface Planted {
  /** Run in the folder of the layer's files, before it is packed. */
  readonly files?: string;
  /** Words for tar. */
  readonly tar?: string;
  /** What is packed. */
  readonly names?: string;
  readonly pack?: "gzip -n" | "gzip -n -9" | "cat";
  readonly config?: object;
  readonly kind?: "oci" | "docker";
}

const steady = "--sort=name --owner=0 --group=0 --numeric-owner";

/** One layer: app/bin, app/etc/conf, and a link. */
function archive({
  files = "true",
  tar = steady,
  names = "app",
  pack = "gzip -n",
  config = {},
  kind = "oci",
}: Planted): string {
  const folder = join(base, String(serial++));
  mkdirSync(join(folder, "layer/app/etc"), { recursive: true });
  mkdirSync(join(folder, "image"));
  writeFileSync(join(folder, "layer/app/bin"), "program");
  writeFileSync(join(folder, "layer/app/etc/conf"), "a = 1\n");
  sh(join(folder, "layer"), "ln -s etc/conf app/link; find . -exec touch -h -d @1700000000 {} +");
  sh(join(folder, "layer"), files);
  sh(folder, `tar ${tar} -C layer -cf layer.tar ${names} && ${pack} < layer.tar > layer.packed`);
  const blob = (bytes: Uint8Array): string => {
    const path = join(folder, "image/blobs/sha256", sha(bytes));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return `sha256:${sha(bytes)}`;
  };
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const layer = blob(readFileSync(join(folder, "layer.packed")));
  const settings = blob(
    json({ architecture: "amd64", created: "2024-01-01T00:00:00Z", config: { Env: ["A=1"] }, ...config }),
  );
  if (kind === "docker") {
    const stored = {
      Config: settings.replace("sha256:", "blobs/sha256/"),
      Layers: [layer.replace("sha256:", "blobs/sha256/")],
    };
    writeFileSync(join(folder, "image/manifest.json"), json([stored]));
  } else {
    const manifest = blob(json({ schemaVersion: 2, config: { digest: settings }, layers: [{ digest: layer }] }));
    const platform = { os: "linux", architecture: "amd64" };
    writeFileSync(join(folder, "image/index.json"), json({ manifests: [{ digest: manifest, platform }] }));
  }
  sh(folder, "tar -C image -cf image.tar .");
  return join(folder, "image.tar");
}

function compare(planted: Planted, other: Planted = {}): ImagesAnalysis["images"][0] {
  const [image] = compareImageArchives(archive(other), archive(planted)).images;
  if (image === undefined) throw new Error("no image");
  return image;
}

const kindsOf = (image: ImagesAnalysis["images"][0]): string[] =>
  image.layers.flatMap(({ entries }) => entries.map(({ kind, count }) => `${kind} ${count}`));

describe("one planted difference", () => {
  test.each([
    ["nothing", "true", []],
    ["a file's bytes", "printf progrum > app/bin; touch -d @1700000000 app/bin", ["content 1"]],
    ["a file's time", "touch -d @1700000001 app/bin", ["mtime 1"]],
    ["a mode", "chmod 755 app/bin", ["mode 1"]],
    ["a link", "rm app/link; ln -s bin app/link; touch -h -d @1700000000 app/link app", ["link 1"]],
    ["a new file", "touch -d @1700000000 app/new; touch -d @1700000000 app", ["added 1"]],
    ["a file that is gone", "rm app/etc/conf; touch -d @1700000000 app/etc", ["removed 1"]],
  ])("%s", (_name, files, kinds) => {
    const image = compare({ files });
    expect(kindsOf(image)).toEqual(kinds);
    expect(image.isEqual).toBe(kinds.length === 0);
  });

  test("times below a second, owners, order", () => {
    const pax = `${steady} --format=pax --pax-option=delete=atime,delete=ctime`;
    expect(kindsOf(compare({ tar: pax, files: "touch -d @1700000000.5 app/bin" }, { tar: pax }))).toEqual(["mtime 1"]);
    expect(kindsOf(compare({ tar: steady.replace("--owner=0", "--owner=7") }))).toEqual(["owner 5"]);
    const all = "app app/bin app/etc app/etc/conf app/link";
    const listed = { tar: `${steady} --no-recursion`, names: all };
    expect(compare(listed).isEqual).toBe(true);
    const other = all.split(" ").toReversed().join(" ");
    expect(kindsOf(compare({ ...listed, names: other }))).toEqual(["order 1"]);
  });

  test("folders whose times were made anew are told from files", () => {
    expect(compare({ files: "touch -d @1700009999 app app/etc" }).summary).toContain("the times of 2 folders");
    expect(compare({ files: "touch -d @1700009999 app/bin app/etc" }).summary).toContain("the times of 2 entries");
  });

  test("the same archive packed otherwise, and the same image in the other form", () => {
    expect(compare({ pack: "cat" })).toMatchObject({
      summary: "Layer 1: the same archive, packed otherwise.",
      isEqual: false,
    });
    expect(compare({ kind: "docker" }).isEqual).toBe(true);
  });

  test("the configuration: build marks are told from what runs", () => {
    const built = compare(
      { config: { created: "2025-01-01T00:00:00Z", history: [{ created: "x" }] } },
      { config: { history: [{ created: "y" }] } },
    );
    expect(built.config.map(({ pointer }) => pointer)).toEqual(["/created", "/history/0/created"]);
    expect(built.summary).toBe("The configuration differs only in when and where it was built.");
    expect(compare({ config: { config: { Env: ["A=2"] } } }).summary).toContain("/config/Env/0");
  });
});

describe("what is no image archive", () => {
  test("is refused with lab/image-unreadable", () => {
    const good = readFileSync(archive({}));
    const refused = (bytes: Uint8Array): void => {
      const path = join(base, `bad-${serial++}`);
      writeFileSync(path, bytes);
      let code = "";
      try {
        compareImageArchives(path, path);
      } catch (cause) {
        code = (cause as { code?: string }).code ?? String(cause);
      }
      expect(code).toBe("lab/image-unreadable");
    };
    refused(Buffer.from("no tar at all".repeat(100)));
    refused(good.subarray(0, 1500));
    refused(Buffer.alloc(2048));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: good.length - 1 }), fc.integer({ min: 0, max: 255 })), {
          maxLength: 3,
          minLength: 1,
        }),
        (edits) => {
          const bytes = Buffer.from(good);
          for (const [at, value] of edits) bytes[at] = value;
          try {
            readTar(bytes);
          } catch (cause) {
            expect((cause as { code?: string }).code).toBe("lab/image-unreadable");
          }
        },
      ),
    );
    expect(() => compareImageArchives(join(base, "absent"), join(base, "absent"))).toThrow();
  });

  test("long names and links in the forms of GNU and POSIX", () => {
    const name = `${"d".repeat(80)}/${"f".repeat(120)}`;
    for (const format of ["gnu", "pax"]) {
      const folder = join(base, `long-${format}`);
      mkdirSync(join(folder, "d".repeat(80)), { recursive: true });
      writeFileSync(join(folder, name), "x");
      sh(folder, `ln -s ${name} l; tar --format=${format} -cf ../${format}.tar ${"d".repeat(80)} l`);
      const entries = readTar(readFileSync(join(base, `${format}.tar`)));
      expect(entries.map(({ path }) => path)).toEqual(["d".repeat(80), name, "l"]);
      expect(entries[2]?.link).toBe(name);
    }
  });
});
