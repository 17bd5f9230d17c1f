/** Other helpers to measure beside: `--peer NAME=COMMAND`, where COMMAND is a value of GOCACHEPROG. */

import { BenchFailure } from "../measure/failure.ts";

export interface Peer {
  readonly name: string;
  /**
   * `{cache}` stands for a folder of its own, which is fresh where the bench wants an empty disk; `{server:HOST:PORT}`
   * for the way to its server, which leads through the relay where the bench wants a round trip.
   */
  readonly command: string;
}

const serverPlace = /\{server:([^}:]+:\d+)\}/;

export function parsePeers(words: readonly string[]): Peer[] {
  const peers = words.map((word) => {
    const match = /^([a-z][a-z0-9-]*)=(\S.*)$/s.exec(word);
    if (match === null) throw new BenchFailure(`--peer ${JSON.stringify(word)} is not NAME=COMMAND`);
    return { name: match[1] as string, command: match[2] as string };
  });
  const names = new Set(peers.map(({ name }) => name));
  if (names.size !== peers.length) throw new BenchFailure("two peers have one name");
  for (const name of ["native", "cacheprog", "go"]) {
    if (names.has(name)) throw new BenchFailure(`a peer cannot be called ${name}`);
  }
  return peers;
}

/** HOST:PORT of the peer's server; `undefined` when the command names none. */
export function peerServer(peer: Peer): string | undefined {
  return serverPlace.exec(peer.command)?.[1];
}

/** The value of GOCACHEPROG for one build; `server` is HOST:PORT of the way to its server. */
export function peerCommand(peer: Peer, cacheFolder: string, server: string | undefined): string {
  const own = peerServer(peer) ?? "";
  return peer.command.replaceAll("{cache}", cacheFolder).replace(serverPlace, server ?? own);
}
