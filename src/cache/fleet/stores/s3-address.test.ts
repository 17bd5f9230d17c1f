import { expect, test } from "bun:test";
import { hasCode } from "../../../core/errors.ts";
import { s3AddressOf, type S3Settings } from "./s3-address.ts";

const env = { HOME: "/nowhere" };
const settings: S3Settings = { url: "s3://cache/go/main", endpoint: undefined, region: undefined, pathStyle: "auto" };

test("AWS is asked by the bucket's host name, anything else by path", () => {
  expect(s3AddressOf(settings, { ...env, AWS_REGION: "eu-west-1" }).base).toBe(
    "https://cache.s3.eu-west-1.amazonaws.com/go/main/",
  );
  const own = { ...env, AWS_ENDPOINT_URL: "http://minio.example:9000" };
  expect(s3AddressOf(settings, own).base).toBe("http://minio.example:9000/cache/go/main/");
  expect(s3AddressOf({ ...settings, pathStyle: "host" }, own).base).toBe("http://cache.minio.example:9000/go/main/");
  expect(s3AddressOf({ ...settings, url: "s3://a.b" }, env).base).toBe("https://s3.us-east-1.amazonaws.com/a.b/");
});

test("a setting wins over the variables", () => {
  const address = s3AddressOf(
    { ...settings, endpoint: "https://[::1]:7443", region: "here" },
    { ...env, AWS_REGION: "there", AWS_ENDPOINT_URL_S3: "http://other" },
  );
  expect(address).toEqual({ bucket: "cache", region: "here", base: "https://[::1]:7443/cache/go/main/" });
});

test.each([
  { url: "s3://" },
  { url: "s3://UPPER/x" },
  { url: "s3://cache/../other" },
  { url: "s3://cache/a?b" },
  { url: "https://cache" },
  { endpoint: "ftp://x" },
  { endpoint: "https://user:secret@x" },
  { endpoint: "https://x/path" },
])("refused: %p", (wrong) => {
  try {
    s3AddressOf({ ...settings, ...wrong }, env);
    expect.unreachable();
  } catch (cause) {
    expect(hasCode(cause, "fleet/store-invalid")).toBe(true);
  }
});
