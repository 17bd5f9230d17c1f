import { defineSettings } from "../core/settings.ts";

/** What `ballast serve` obeys. */
export const serverSettings = defineSettings({
  listen: {
    type: "string",
    path: "server.listen",
    default: "127.0.0.1:7420",
    doc: "The address to listen on, HOST:PORT; port 0 takes a free one. Anything but this machine's own loopback needs a token file or an access policy.",
  },
  data: {
    type: "path",
    path: "server.data",
    doc: "The folder for bodies and index. `ballast/node` under $XDG_DATA_HOME or ~/.local/share when not set.",
  },
  maxSize: {
    type: "size",
    path: "server.maxSize",
    default: 20 * 1024 ** 3,
    doc: "What the data may take on disk; the least recently used goes first.",
  },
  maxAge: {
    type: "duration",
    path: "server.maxAge",
    default: 30 * 86_400_000,
    doc: "Entries that nobody used for this long are removed.",
  },
  tokens: {
    type: "path",
    env: "BALLAST_TOKEN_FILE",
    flag: "token-file",
    path: "server.tokenFile",
    doc: "A file of `read TOKEN` and `write TOKEN` lines: who may read, and who may read and write. A name behind the token is what an access policy calls it.",
  },
  access: {
    type: "path",
    env: "BALLAST_ACCESS_FILE",
    path: "server.access",
    doc: "An access policy: rules over the tokens of CI jobs, which scopes each may write and read. See docs/guides/trust.md.",
  },
  accessMode: {
    type: "choice",
    choices: ["enforce", "dry-run"],
    default: "enforce",
    path: "server.accessMode",
    doc: "`dry-run`: the token file alone decides, and the log says what the access policy would have refused.",
  },
  sessionKey: {
    type: "path",
    env: "BALLAST_SESSION_KEY_FILE",
    flag: "session-key-file",
    path: "server.sessionKeyFile",
    doc: "A file with the key that signs session tokens, the same on all nodes; without it each start of a node has its own.",
  },
  sessionLifetime: {
    type: "duration",
    path: "server.sessionLifetime",
    default: 3_600_000,
    doc: "How long a session token lives that a job gets for its platform's token.",
  },
  tlsCert: { type: "path", path: "server.tlsCert", doc: "The server's certificate with its chain, PEM." },
  tlsKey: { type: "path", path: "server.tlsKey", doc: "The key of the certificate, PEM." },
  maxRequests: {
    type: "number",
    integer: true,
    min: 1,
    max: 100_000,
    path: "server.maxRequests",
    default: 1024,
    doc: "Requests that may be open at once; more are refused with status 503.",
  },
  idleTimeout: {
    type: "duration",
    path: "server.idleTimeout",
    default: 60_000,
    doc: "Connections on which nothing moves for this long are closed; at most 255s.",
  },
  moduleProxy: {
    type: "string",
    path: "server.moduleProxy",
    secret: true,
    doc: "A Go module proxy, http(s):// or file://, whose modules this node serves and keeps at /mod. A user and a password may stand in the address.",
  },
  moduleSumDatabase: {
    type: "string",
    path: "server.moduleSumDatabase",
    doc: "The name of a checksum database that the module proxy serves too; new modules are compared with it before they are kept.",
  },
  accessLog: {
    type: "boolean",
    path: "server.accessLog",
    default: false,
    doc: "Write a JSON line for each request: method, path, status, sizes, time, address. No secrets and no query.",
  },
  lookupMemory: {
    type: "size",
    path: "server.lookupMemory",
    default: 256 * 1024 ** 2,
    doc: "Memory for entries, some 120 bytes each, from which lookups are answered; what has no room in it is looked up in the index on the disk. 0 turns it off.",
  },
  scrubRate: {
    type: "size",
    path: "server.scrubRate",
    default: 4 * 1024 ** 2,
    doc: "Bytes a second that the background check of stored bodies reads; 0 turns it off.",
  },
});
