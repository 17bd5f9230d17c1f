/** GODEBUG as a list of keys: `a=1,b=2`. The runtime takes the last of equal keys. */

/** The value that is in force for `key`, if any. */
export function godebugValue(godebug: string | undefined, key: string): string | undefined {
  return pairs(godebug)
    .findLast((pair) => pair.startsWith(`${key}=`))
    ?.slice(key.length + 1);
}

/** `godebug` with `keys` set; what else the user has stays where it is. */
export function mergeGodebug(godebug: string | undefined, keys: Readonly<Record<string, string>>): string {
  const names = Object.keys(keys);
  const kept = pairs(godebug).filter((pair) => !names.some((name) => pair.startsWith(`${name}=`)));
  return [...kept, ...Object.entries(keys).map(([name, value]) => `${name}=${value}`)].join(",");
}

function pairs(godebug: string | undefined): string[] {
  return (godebug ?? "").split(",").filter((pair) => pair !== "");
}
