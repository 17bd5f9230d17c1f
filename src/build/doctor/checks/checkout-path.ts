import { dirname } from "node:path";

import { varyingParts } from "../../../ci/checkout-path.ts";
import { splitQuotedWords } from "../../../go/quoted-words.ts";
import type { DoctorCheck } from "../check.ts";

export const check: DoctorCheck = {
  id: "checkout-path",
  title: "the checkout's path is the same on every runner",
  run: async (context) => {
    const go = await context.go();
    const values = go.state === "found" ? go.values : {};
    const goMod = values["GOMOD"] ?? "";
    const folder = goMod === "" || goMod === "/dev/null" ? context.cwd : dirname(goMod);
    const parts = varyingParts(folder, context.env);
    if (parts.length === 0) return { status: "ok", found: folder };
    const words = splitQuotedWords(values["GOFLAGS"] ?? "") ?? [];
    const hasTrimpath = words.some((word) => /^--?trimpath(?:=true|=1)?$/.test(word));
    return {
      status: "warning",
      found: `${folder}${hasTrimpath ? ", with -trimpath" : ""}`,
      why: hasTrimpath
        ? "With -trimpath packages are shared all the same; results of tests that read files are not, since Go remembers those files by absolute path."
        : "Go's key for a package of the module holds its folder, so what is built at another path is never a hit.",
      todo: hasTrimpath
        ? "Check out at a path that is the same on every runner."
        : "Check out at a path that is the same on every runner, or add -trimpath to GOFLAGS.",
      details: parts.map(({ part, why }) => `${part}: ${why}`),
    };
  },
};
