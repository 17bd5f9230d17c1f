/** The files that AWS's own tools read: `[profile]` sections of `key = value` lines. */

/** Longest file that is read. */
const fileBytesMax = 1024 * 1024;

export type AwsProfile = Readonly<Record<string, string>>;

/** The sections of a credentials or config file, by profile. What is not understood is left out, as AWS's tools do. */
export function parseAwsFile(text: string): ReadonlyMap<string, AwsProfile> {
  const profiles = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const line of text.slice(0, fileBytesMax).split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line) || line.trim() === "") continue;
    const section = /^\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) {
      current = profiles.get(section) ?? {};
      profiles.set(section, current);
      continue;
    }
    // An indented line belongs to the nested settings of the key before it (`s3 =`), none of which concern us.
    const pair = /^([A-Za-z_][\w-]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (pair !== null && current !== undefined) current[(pair[1] ?? "").toLowerCase()] = pair[2] ?? "";
  }
  return profiles;
}
