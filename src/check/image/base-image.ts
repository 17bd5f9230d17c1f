/** What is known of an image by its name: nobody pulls it. */

import type { Span } from "../shell/shell-command.ts";

export interface BaseImage extends Span {
  /** As written, or with its variables replaced where their values are known. */
  readonly text: string;
  /** Whether a variable in it has no known value. */
  readonly isUnknown: boolean;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** Where the tag is written, if it is written out. */
  readonly tagSpan: Span | undefined;
}

export interface ImageFacts {
  readonly user: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly libc: "glibc" | "musl" | "none";
  /** Set for an image that brings Go; the version as its tag says, when it says one. */
  readonly go?: { readonly version: string | undefined; readonly isToolchainLocal: boolean };
  readonly hasCompiler: boolean;
}

/** Names under which the official images are mirrored, before `golang` and so on. */
const mirrors =
  /^(?:(?:docker\.io|index\.docker\.io|public\.ecr\.aws\/docker|mirror\.gcr\.io|registry\.hub\.docker\.com)\/)?(?:library\/)?/;

/** The official name, `golang` for `docker.io/library/golang`. */
export function officialName(repository: string): string {
  return repository.replace(mirrors, "");
}

/** Splits `repository:tag@digest`. */
export function parseImage(text: string, span: Span, written: string, isUnknown: boolean): BaseImage {
  const at = text.indexOf("@");
  const named = at === -1 ? text : text.slice(0, at);
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  const repository = hasTag ? named.slice(0, colon) : named;
  const isPlain = text === written && tag !== undefined;
  const tagSpan = isPlain ? { start: span.start + colon + 1, end: span.start + named.length } : undefined;
  return { text, isUnknown, repository, tag, digest, tagSpan, ...span };
}

/** What is certain about the image, or `undefined` when its name says nothing. */
export function imageFacts(image: BaseImage): ImageFacts | undefined {
  if (image.isUnknown) return undefined;
  const name = officialName(image.repository);
  const tag = image.tag ?? "";
  if (name === "golang" || name === "mcr.microsoft.com/oss/go/microsoft/golang") return golangFacts(tag);
  if (name === "scratch") return plainFacts("none");
  if (name === "alpine") return plainFacts("musl");
  if (name === "busybox") return plainFacts(tag.includes("glibc") ? "glibc" : "musl");
  if (/^(?:debian|ubuntu|fedora|amazonlinux|rockylinux|almalinux|buildpack-deps)$/.test(name)) {
    return plainFacts("glibc");
  }
  if (/^gcr\.io\/distroless\/static(?:-debian\d+)?$/.test(name)) {
    return plainFacts("none", tag.includes("nonroot") ? "65532" : "root");
  }
  return name === "cgr.dev/chainguard/static" ? plainFacts("none", "65532") : undefined;
}

function plainFacts(libc: ImageFacts["libc"], user = "root"): ImageFacts {
  return { user, variables: {}, libc, hasCompiler: false };
}

/** The official image: root, GOPATH=/go, and since 1.21 GOTOOLCHAIN=local. Its Alpine variant has no C compiler. */
function golangFacts(tag: string): ImageFacts {
  const version = /^v?(\d+\.\d+(?:\.\d+)?(?:(?:rc|beta)\d+)?)/.exec(tag)?.[1];
  const isAlpine = /(?:^|-)alpine/.test(tag);
  const minor = Number(/^1\.(\d+)/.exec(version ?? "1.99")?.[1] ?? "99");
  const variables: Record<string, string> = { GOPATH: "/go", ...(minor >= 21 ? { GOTOOLCHAIN: "local" } : {}) };
  return {
    user: "root",
    variables,
    libc: isAlpine ? "musl" : "glibc",
    go: { version, isToolchainLocal: minor >= 21 },
    hasCompiler: !isAlpine,
  };
}
