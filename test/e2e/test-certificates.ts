/** A certificate authority and a server's certificate of it, made by openssl for one test run. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireSuccess, runProcess } from "../../src/core/process.ts";

export interface TestCertificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Valid for 127.0.0.1 and for `name`, for a day. */
export async function makeCertificates(folder: string, name: string): Promise<TestCertificates> {
  const path = (file: string): string => join(folder, file);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl([
    "req",
    "-x509",
    ...newKey,
    "-days",
    "1",
    "-subj",
    "/CN=Test CA",
    "-keyout",
    path("ca.key"),
    "-out",
    path("ca.pem"),
    "-addext",
    "basicConstraints=critical,CA:TRUE",
  ]);
  await openssl(["req", ...newKey, "-subj", `/CN=${name}`, "-keyout", path("key.pem"), "-out", path("request.pem")]);
  writeFileSync(path("names"), `subjectAltName=DNS:${name},IP:127.0.0.1\n`);
  await openssl([
    "x509",
    "-req",
    "-in",
    path("request.pem"),
    "-CA",
    path("ca.pem"),
    "-CAkey",
    path("ca.key"),
    "-CAcreateserial",
    "-days",
    "1",
    "-extfile",
    path("names"),
    "-out",
    path("cert.pem"),
  ]);
  return { caFile: path("ca.pem"), certFile: path("cert.pem"), keyFile: path("key.pem") };
}

async function openssl(args: readonly string[]): Promise<void> {
  const argv = ["openssl", ...args];
  requireSuccess(argv, await runProcess({ argv, deadlineMs: 30_000 }));
}
