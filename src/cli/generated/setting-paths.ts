// Written by `npm run generate`; do not edit.

/** Every place in ballast.yaml that belongs to some room; `otherPaths` of `resolveSettings`. */
export const settingPaths: readonly string[] = [
  "cache.ancestors",
  "cache.caFile",
  "cache.detachUploads",
  "cache.image",
  "cache.mode",
  "cache.server",
  "cache.share",
  "cache.waitLimit",
  "ledger.file",
  "ledger.keyFile",
  "ledger.maxSize",
  "ledger.plain",
  "ledger.url",
  "ledger.waitLimit",
  "server.data",
  "server.idleTimeout",
  "server.listen",
  "server.maxAge",
  "server.maxRequests",
  "server.maxSize",
  "server.scrubRate",
  "server.tlsCert",
  "server.tlsKey",
  "server.tokenFile",
];
