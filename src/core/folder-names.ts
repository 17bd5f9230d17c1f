import { readdirSync } from "node:fs";

/** The names in a folder; none where it does not exist or may not be read. */
export function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
