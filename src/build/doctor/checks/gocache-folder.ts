import { closeSync, openSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";

import type { DoctorCheck } from "../check.ts";
import { nearestFolder } from "../file-systems.ts";

export const check: DoctorCheck = {
  id: "gocache-folder",
  title: "GOCACHE can be written",
  run: async (context) => {
    const gocache = await context.gocache();
    if (gocache === "off") {
      return {
        status: "problem",
        found: "GOCACHE=off",
        why: "Go refuses to build without a cache folder, also when GOCACHEPROG serves the cache.",
        todo: "Unset GOCACHE, or name a folder; look in `go env -changed` for where it is set.",
      };
    }
    if (!isAbsolute(gocache)) {
      return {
        status: "problem",
        found: `GOCACHE=${gocache} is a relative path`,
        why: "Go refuses it, because the folder would be another one in every directory.",
        todo: "Set GOCACHE to an absolute path.",
      };
    }
    const folder = nearestFolder(gocache);
    const trouble = tryWriting(folder);
    if (trouble === undefined) {
      return { status: "ok", found: folder === gocache ? gocache : `${gocache} (to be made in ${folder})` };
    }
    return {
      status: "problem",
      found: `${folder} cannot be written to (${trouble})`,
      why: "Go keeps its cache there and stops when it cannot; Ballast would have to keep bodies elsewhere for one run only.",
      todo: `Give ${userName(context.env)} the right to write there, or set GOCACHE to a folder of its own.`,
    };
  },
};

/** Permission bits say nothing of read-only mounts or of root, so a file is made and removed. */
function tryWriting(folder: string): string | undefined {
  const path = join(folder, `.ballast-doctor-${process.pid}`);
  try {
    closeSync(openSync(path, "wx"));
    rmSync(path);
    return undefined;
  } catch (cause) {
    return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  }
}

function userName(env: Readonly<Record<string, string | undefined>>): string {
  return env["USER"] ? `the user ${env["USER"]}` : "this job's user";
}
