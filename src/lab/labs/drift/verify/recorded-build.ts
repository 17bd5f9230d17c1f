/** How a program says that it was built, as a command that can be run again. */

import { type ElfFile, findSection, sectionBytes } from "../../../../go/elf/elf-file.ts";
import type { GoBuildInfo } from "../../../../go/elf/go-identity.ts";

export interface RecordedBuild {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `go1.26.8`, without the experiments that may stand behind it. */
  readonly goVersion: string;
  readonly isTrimmed: boolean;
  readonly revision: string | undefined;
  readonly wasModified: boolean;
}

/** Settings that follow from others, or that a build takes from the sources. */
const derived = new Set(["-compiler", "DefaultGODEBUG", "vcs", "vcs.revision", "vcs.time", "vcs.modified"]);

export function recordedBuild({ settings, goVersion }: GoBuildInfo): RecordedBuild {
  const used = [...settings].filter(([key]) => !derived.has(key));
  const flags = used.flatMap(([key, value]) =>
    key.startsWith("-") && `${key}=${value}` !== "-buildmode=exe" ? [`${key}=${value}`] : [],
  );
  const env = used.filter(([key]) => /^[A-Z]/.test(key));
  return {
    flags: [...flags, `-buildvcs=${settings.has("vcs.revision")}`],
    env: Object.fromEntries(env),
    goVersion: goVersion.split(" ")[0] ?? "",
    isTrimmed: settings.get("-trimpath") === "true",
    revision: settings.get("vcs.revision"),
    wasModified: settings.get("vcs.modified") === "true",
  };
}

/** The folder that a source file had when it was compiled: names of files are in the line table. */
export function compiledFolder(
  file: ElfFile,
  sourceName: string,
  isOurs: (folder: string) => boolean,
): string | undefined {
  const section = findSection(file, ".gopclntab") ?? findSection(file, ".data.rel.ro.gopclntab");
  if (section === undefined) return undefined;
  const bytes = sectionBytes(file, section);
  const wanted = Buffer.from(`/${sourceName}\0`);
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    const start = bytes.lastIndexOf(0, at) + 1;
    const folder = bytes.toString("utf8", start, at);
    if (folder.startsWith("/") && isOurs(folder)) return folder;
  }
  return undefined;
}
