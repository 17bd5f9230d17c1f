/** The paths of the module proxy protocol (https://go.dev/ref/mod#goproxy-protocol), below the proxy's own address. */

/** What a path asks for. */
export type ModuleRequest =
  /** The same for ever: of one version, by its full name; or a full tile or a record of the checksum database. */
  | { readonly kind: "fixed"; readonly file: FixedFile }
  /** May be another tomorrow: lists, the latest version, what a branch is called, the head of the checksum database. */
  | { readonly kind: "changing" };

export interface FixedFile {
  readonly type: "info" | "mod" | "zip" | "sum";
  /** Unescaped; empty for the checksum database. */
  readonly module: string;
  readonly version: string;
  /** `MODULE@VERSION` as it is escaped in paths. */
  readonly escaped: string;
}

const pathLengthMax = 1000;
/** Escaped: an upper-case letter is `!` and the lower-case one. */
const segment = /^[a-z0-9._~!+-]+$/;
const canonicalVersion = /^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+incompatible)?$/;

/** `undefined` for what is no path of the protocol. `path` begins with no slash. */
export function parseModulePath(path: string): ModuleRequest | undefined {
  if (path.length > pathLengthMax) return undefined;
  if (path.startsWith("sumdb/")) return parseSumPath(path);
  const marker = path.lastIndexOf("/@");
  const escapedModule = path.slice(0, marker);
  if (marker < 1 || !isEscapedPath(escapedModule)) return undefined;
  const rest = path.slice(marker + 1);
  if (rest === "@latest" || rest === "@v/list") return { kind: "changing" };
  const match = /^@v\/([a-zA-Z0-9._~!+-]+)\.(info|mod|zip)$/.exec(rest);
  const [, escapedVersion = "", type] = match ?? [];
  if (match === null || escapedVersion.includes("..")) return undefined;
  const version = unescapePath(escapedVersion);
  if (version === undefined) return undefined;
  if (!canonicalVersion.test(version)) return type === "info" ? { kind: "changing" } : undefined;
  const file = { type: type as "info" | "mod" | "zip", module: unescapePath(escapedModule) ?? "", version };
  return { kind: "fixed", file: { ...file, escaped: `${escapedModule}@${escapedVersion}` } };
}

function isEscapedPath(path: string): boolean {
  return path.split("/").every((part) => segment.test(part) && !/^\.+$/.test(part)) && unescapePath(path) !== undefined;
}

/** `!a` is `A`; `undefined` where a mark stands before anything else. */
function unescapePath(path: string): string | undefined {
  const text = path.replaceAll(/!([a-z])/g, (_mark, letter: string) => letter.toUpperCase());
  return text.includes("!") ? undefined : text;
}

/** The checksum database through the proxy: `sumdb/NAME/supported|latest|lookup/…|tile/…`. */
function parseSumPath(path: string): ModuleRequest | undefined {
  const match = /^sumdb\/[a-z0-9.-]+(?::\d+)?\/(supported|latest|lookup\/.+|tile\/[0-9a-z/.]+)$/.exec(path);
  const rest = match?.[1] ?? "";
  if (match === null || path.split("/").some((part) => /^\.+$/.test(part) || part === "")) return undefined;
  const lookup = /^lookup\/(.+)@([a-zA-Z0-9._~!+-]+)$/.exec(rest);
  if (lookup !== null && !isEscapedPath(lookup[1] ?? "")) return undefined;
  if (rest.startsWith("lookup/") && lookup === null) return undefined;
  // A tile that is not full yet has `.p/N` at its end and is replaced by the full one.
  const isFixed = lookup !== null || (rest.startsWith("tile/") && !rest.includes(".p/"));
  if (!isFixed) return { kind: "changing" };
  return { kind: "fixed", file: { type: "sum", module: "", version: "", escaped: "" } };
}
