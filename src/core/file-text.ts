import { readFileSync } from "node:fs";

/** The text of a file that may not be there, or not for us: both are `undefined`, and so is a folder. */
export function textIfReadable(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // what the reason is makes no difference to who asks
  }
}
