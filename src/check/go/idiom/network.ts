/** What of the standard library asks somebody else over a network. */

import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";
import { calleeName } from "./calls.ts";

const remoteCalls: ReadonlySet<string> = new Set([
  ...[
    "Get",
    "Head",
    "Post",
    "PostForm",
    "Client.Do",
    "Client.Get",
    "Client.Head",
    "Client.Post",
    "Client.PostForm",
  ].map((name) => `net/http.${name}`),
  ...[
    "Dial",
    "DialTCP",
    "DialTimeout",
    "Dialer.Dial",
    "Dialer.DialContext",
    "LookupHost",
    "LookupIP",
    "Resolver.LookupHost",
  ].map((name) => `net.${name}`),
  ...["Dial", "DialHTTP", "Client.Call"].map((name) => `net/rpc.${name}`),
  ...["DB", "Tx", "Stmt", "Conn"].flatMap((type) =>
    [
      "Query",
      "QueryContext",
      "Exec",
      "ExecContext",
      "Ping",
      "PingContext",
      "Begin",
      "BeginTx",
      "Prepare",
      "PrepareContext",
    ].map((name) => `database/sql.${type}.${name}`),
  ),
  "crypto/tls.Dial",
  "crypto/tls.DialWithDialer",
  "net/smtp.Dial",
  "net/smtp.SendMail",
]);

/** Whether a call asks another process, so that it may fail or be slow at any time. */
export function isRemoteCall(pkg: GoPackage, call: NodeId): boolean {
  const name = calleeName(pkg, call);
  return name !== undefined && remoteCalls.has(name);
}

/** Whether an address, as far as it is written in the call, is of this machine. */
export function isLoopbackAddress(text: string): boolean {
  return /["`](?:https?:\/\/)?(?:localhost|127\.|\[::1\])/u.test(text);
}
