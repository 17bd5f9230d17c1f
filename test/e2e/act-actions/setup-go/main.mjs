import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { goFolders, input, restore, state } from "./store.mjs";

const folders = goFolders();
// Every job begins on an empty machine.
for (const folder of [...folders, join(process.env.HOME, ".cache")]) rmSync(folder, { recursive: true, force: true });
const sum = join(process.env.GITHUB_WORKSPACE, "go.sum");
if (input("cache") === "true" && existsSync(sum)) {
  const hash = createHash("sha256").update(readFileSync(sum)).digest("hex");
  const key = `setup-go-Linux-x64-go-${input("go-version")}-${hash}`;
  const found = await restore(folders, [key]);
  state("key", key);
  state("found", found ?? "");
  state("folders", folders.join(":"));
} else console.log("no cache");
