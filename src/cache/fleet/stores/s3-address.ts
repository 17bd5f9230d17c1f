/** Where a bucket is, and what its objects are called. */

import { isIP } from "node:net";
import type { Environment } from "./aws-credentials.ts";
import { readAwsProfile } from "./aws-credentials.ts";
import { storeErrors } from "./store-errors.ts";

export type PathStyle = "auto" | "path" | "host";

export interface S3Settings {
  /** `s3://BUCKET/PREFIX`. */
  readonly url: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly pathStyle: PathStyle;
}

export interface S3Address {
  readonly bucket: string;
  readonly region: string;
  /** What an object's key is put behind; ends with a slash. */
  readonly base: string;
}

/** Throws `fleet/store-invalid`. What is not set comes from AWS's variables and files. */
export function s3AddressOf(settings: S3Settings, env: Environment): S3Address {
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/.exec(settings.url);
  const [bucket = "", prefix = ""] = [found?.[1], found?.[2]];
  const parts = prefix.split("/").filter((part) => part !== "");
  if (bucket === "" || parts.some((part) => part === "." || part === "..")) {
    throw storeErrors.error("fleet/store-invalid", settings.url);
  }
  const profile = readAwsProfile(env);
  const region =
    settings.region ?? (env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || profile["region"] || "us-east-1");
  const custom =
    settings.endpoint ??
    (env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"] || profile["endpoint_url"] || undefined);
  const endpoint = parseEndpoint(custom ?? `https://s3.${region}.amazonaws.com`);
  const isPath = isPathStyle(settings.pathStyle, endpoint, bucket, custom !== undefined);
  const host = isPath ? endpoint.host : `${bucket}.${endpoint.host}`;
  const folders = [...(isPath ? [bucket] : []), ...parts].map((part) => `${part}/`).join("");
  return { bucket, region, base: `${endpoint.protocol}//${host}/${folders}` };
}

function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.pathname === "/";
  if (url === undefined || !isPlain) throw storeErrors.error("fleet/store-invalid", `the endpoint ${text}`);
  return url;
}

/** A bucket's own host name needs DNS and a certificate that cover it: AWS has both, others are asked by path. */
function isPathStyle(style: PathStyle, endpoint: URL, bucket: string, isCustom: boolean): boolean {
  if (style !== "auto") return style === "path";
  return (
    bucket.includes(".") ||
    isIP(endpoint.hostname) !== 0 ||
    (isCustom && !/\.amazonaws\.com(\.cn)?$/.test(endpoint.hostname))
  );
}
