import { defineSettings } from "../core/settings.ts";

/** How go commands are governed. */
export const buildSettings = defineSettings({
  cache: {
    type: "choice",
    choices: ["shared", "read-only", "isolated", "off"],
    path: "build.cache",
    env: "BALLAST_CACHE",
    flag: "cache",
    doc: "Which cache a go command gets. `shared`: the usual one, and the server. `read-only`: the usual one is read; what is built goes to a private folder of the job and to no server. `isolated`: a private one, kept for the job. `off`: a fresh private one, removed after the command. Policy may set it; a flag or a variable wins over policy, and policy over ballast.yaml; `shared` when nothing says.",
  },
});

export type CacheMode = (typeof buildSettings)["cache"]["choices"][number];
