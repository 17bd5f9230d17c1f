import { defineSettings } from "../../core/settings.ts";

/** What a node that is one of several obeys. Store and bus are given together, or neither. */
export const fleetSettings = defineSettings({
  store: {
    type: "string",
    path: "fleet.store",
    doc: "The store that all nodes share: s3://BUCKET/PREFIX, or file:///FOLDER for a folder that all of them mount.",
  },
  storeEndpoint: {
    type: "url",
    path: "fleet.storeEndpoint",
    doc: "The address of the S3 server, where it is not AWS; AWS_ENDPOINT_URL when not set.",
  },
  storeRegion: {
    type: "string",
    path: "fleet.storeRegion",
    doc: "The region of the bucket; AWS_REGION when not set.",
  },
  storePathStyle: {
    type: "choice",
    choices: ["auto", "path", "host"],
    default: "auto",
    path: "fleet.storePathStyle",
    doc: "Where the bucket's name stands in a request: in the path, or in the host. `auto`: in the host for AWS, else in the path.",
  },
  storeDeadline: {
    type: "duration",
    default: 10_000,
    path: "fleet.storeDeadline",
    doc: "What a request to the store may take, with its retries; for a body one second more for each megabyte.",
  },
  bus: {
    type: "string",
    secret: true,
    path: "fleet.bus",
    doc: "The NATS servers that carry changes between nodes: nats://HOST:PORT or tls://HOST:PORT, several with commas.",
  },
  busBucket: {
    type: "string",
    default: "ballast",
    path: "fleet.busBucket",
    doc: "The JetStream key-value bucket that holds the fleet's index; bodies of up to 1 KiB lie in one of this name with `-bodies`. Both are made when they are not there.",
  },
  busCreds: { type: "path", path: "fleet.busCreds", doc: "A NATS credentials file." },
  busCa: { type: "path", path: "fleet.busCa", doc: "Certificates by which the NATS servers are checked, PEM." },
  busCert: { type: "path", path: "fleet.busCert", doc: "This node's certificate for the NATS servers, PEM." },
  busKey: { type: "path", path: "fleet.busKey", doc: "The key of that certificate, PEM." },
  busReplicas: {
    type: "number",
    integer: true,
    min: 1,
    max: 5,
    default: 1,
    path: "fleet.busReplicas",
    doc: "On how many NATS servers the bucket is kept; used when it is made.",
  },
  busMaxSize: {
    type: "size",
    default: 2 * 1024 ** 3,
    path: "fleet.busMaxSize",
    doc: "What each of the two buckets may hold; used when it is made, and set aside by the servers at once. About 600 bytes an entry.",
  },
  name: {
    type: "string",
    env: "BALLAST_NODE_NAME",
    path: "fleet.name",
    doc: "This node's name in the fleet; the machine's when not set. No two nodes may have the same one at the same time.",
  },
});
