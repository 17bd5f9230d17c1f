/** A relay between two processes, which can cut them off from each other, or let nothing through and say nothing. */

import { connect, createServer, type Socket } from "node:net";

export interface Relay {
  readonly port: number;
  /** Drops the connections, and refuses new ones until `mend`. */
  cut(): void;
  /** Keeps the connections and lets nothing through until `mend`: what is worse than an end. */
  stall(): void;
  mend(): void;
  close(): void;
}

export async function startRelay(targetPort: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let mode: "open" | "cut" | "stalled" = "open";
  const server = createServer((client) => {
    const target = connect(targetPort, "127.0.0.1");
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on("data", (chunk) => void (to.write(chunk) || from.pause()));
      to.on("drain", () => {
        if (mode === "open") from.resume();
      });
      if (mode === "stalled") from.pause();
    }
    if (mode === "cut") client.destroy();
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    cut() {
      mode = "cut";
      dropAll();
    },
    stall() {
      mode = "stalled";
      for (const socket of sockets) socket.pause();
    },
    mend() {
      mode = "open";
      for (const socket of sockets) socket.resume();
    },
    close() {
      server.close();
      dropAll();
    },
  };
}
