/**
 * Bodies in a bucket of S3 or of a server that speaks its protocol. One object for each body, `outputs/AB/ID`; how it
 * is encoded is in the object's metadata, so that a body is found by one request whatever its form.
 */

import { readFileSync } from "node:fs";
import { type Codec, codec } from "../../protocol/entry.ts";
import type { BodySource, SharedBody, SharedStore } from "../shared-store.ts";
import { createCredentialSource, type Environment } from "./aws-credentials.ts";
import { s3AddressOf, type S3Settings } from "./s3-address.ts";
import { createS3Client, type S3Client } from "./s3-request.ts";
import { storeErrors } from "./store-errors.ts";

const codecHeader = "x-amz-meta-ballast-codec";
const codecNames: Readonly<Record<string, Codec>> = { identity: codec.identity, zstd: codec.zstd };

export interface S3StoreOptions {
  readonly settings: S3Settings;
  readonly env: Environment;
  readonly nowMs: () => number;
}

/** Throws `fleet/store-invalid`; asks nobody yet. */
export function openS3Store({ settings, env, nowMs }: S3StoreOptions): SharedStore {
  const address = s3AddressOf(settings, env);
  const client = createS3Client({
    address,
    credentials: createCredentialSource({ env, region: address.region, nowMs }),
    ca: readBundle(env["AWS_CA_BUNDLE"]),
    nowMs,
  });
  return {
    put: (output, encoding, body, deadlineMs) => put(client, output, encoding, body, deadlineMs),
    get: (output, deadlineMs) => get(client, output, deadlineMs),
    async has(output, deadlineMs) {
      // Not HEAD: its failures have no code, and servers say 404 to wrong credentials. Nor a part: an empty body has none.
      const found = await client.request({ method: "GET", key: keyOf(output), deadlineMs });
      await found?.body?.cancel();
      return found !== undefined;
    },
    async delete(output, deadlineMs) {
      const answer = await client.request({ method: "DELETE", key: keyOf(output), deadlineMs });
      await answer?.body?.cancel();
    },
    close: () => Promise.resolve(),
  };
}

function keyOf(output: string): string {
  return `outputs/${output.slice(0, 2)}/${output}`;
}

async function put(
  client: S3Client,
  output: string,
  encoding: Codec,
  source: BodySource,
  deadlineMs: number,
): Promise<void> {
  const body = source instanceof Uint8Array ? (source as Uint8Array<ArrayBuffer>) : Bun.file(source.path);
  const name = Object.keys(codecNames).find((key) => codecNames[key] === encoding) ?? "identity";
  const answer = await client.request({
    method: "PUT",
    key: keyOf(output),
    headers: { [codecHeader]: name, "content-type": "application/octet-stream" },
    body,
    bodyHash: await hashOf(source),
    deadlineMs,
  });
  await answer?.body?.cancel();
}

/** The server compares it with what arrives: a body that was cut or changed on the way is not kept. */
async function hashOf(source: BodySource): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  if (source instanceof Uint8Array) return hasher.update(source).digest("hex");
  for await (const part of Bun.file(source.path).stream()) hasher.update(part);
  return hasher.digest("hex");
}

async function get(client: S3Client, output: string, deadlineMs: number): Promise<SharedBody | undefined> {
  const found = await client.request({ method: "GET", key: keyOf(output), deadlineMs });
  if (found === undefined) return undefined;
  const encoding = codecNames[found.headers.get(codecHeader) ?? ""];
  const storedBytes = Number(found.headers.get("content-length"));
  if (encoding === undefined || found.body === null || !Number.isSafeInteger(storedBytes)) {
    await found.body?.cancel();
    throw storeErrors.error("fleet/store-failed", `the object ${keyOf(output)} was not written by Ballast`);
  }
  return { codec: encoding, storedBytes, bytes: found.body };
}

function readBundle(path: string | undefined): string | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw storeErrors.error("fleet/store-invalid", `AWS_CA_BUNDLE: ${(cause as Error).message}`, { cause });
  }
}
