/** Modules beside the fixture's own, for what its twelve packages do not show. */

import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A main package that calls C. */
export function writeCgoModule(path: string): string {
  return writeModule(path, {
    "go.mod": "module example.org/withc\n\ngo 1.24\n",
    "main.go": 'package main\n\nimport "example.org/withc/c"\n\nfunc main() { println(c.Two()) }\n',
    "c/c.go":
      'package c\n\n// static int two(void) { return 2; }\nimport "C"\n\n// Two is C\'s two.\nfunc Two() int { return int(C.two()) }\n',
  });
}

/** A main package whose import holds `sizeBytes` of random bytes, so that its archive is a large body that no codec makes small. */
export function writeLargeModule(path: string, sizeBytes: number): string {
  return writeModule(path, {
    "go.mod": "module example.org/large\n\ngo 1.24\n",
    "main.go": 'package main\n\nimport "example.org/large/data"\n\nfunc main() { println(len(data.Bytes)) }\n',
    "data/data.go":
      'package data\n\nimport _ "embed"\n\n// Bytes is what the file holds.\n//\n//go:embed data.bin\nvar Bytes string\n',
    "data/data.bin": randomBytes(sizeBytes),
  });
}

/** A main package and one import, both compiled in no time. */
export function writeTinyModule(path: string): string {
  return writeModule(path, {
    "go.mod": "module example.org/tiny\n\ngo 1.24\n",
    "main.go": 'package main\n\nimport "example.org/tiny/t"\n\nfunc main() { println(t.One()) }\n',
    "t/t.go": "package t\n\n// One is one.\nfunc One() int { return 1 }\n",
  });
}

/** The most that one call gives. */
const randomPieceBytes = 65_536;

function randomBytes(sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let at = 0; at < sizeBytes; at += randomPieceBytes) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(sizeBytes, at + randomPieceBytes)));
  }
  return bytes;
}

/** Go does not index files that are younger than two seconds. */
function writeModule(path: string, files: Readonly<Record<string, string | Buffer>>): string {
  const past = Date.now() / 1000 - 3600;
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
    utimesSync(join(path, name), past, past);
  }
  return path;
}
