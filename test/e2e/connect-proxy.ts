/** An HTTP proxy that knows CONNECT only. Every name is this machine, so that a name that no resolver knows proves the proxy. */

import { connect, createServer, type Socket } from "node:net";

export interface ConnectProxy {
  readonly url: string;
  /** What was asked for, as `HOST:PORT`, in order. */
  readonly targets: readonly string[];
  close(): void;
}

export async function startConnectProxy(): Promise<ConnectProxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined); // either side may go away at any time
    socket.once("data", (head) => {
      const target = /^CONNECT (\S+) HTTP/.exec(String(head))?.[1];
      if (target === undefined) return void socket.end("HTTP/1.1 405 Only CONNECT\r\n\r\n");
      targets.push(target);
      tunnel(socket, Number(/:(\d+)$/.exec(target)?.[1]));
    });
  });
  const port = await new Promise<number>((resolve) => {
    listener.listen(0, "127.0.0.1", () => resolve((listener.address() as { port: number }).port));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    targets,
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function tunnel(socket: Socket, port: number): void {
  const far = connect(port, "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connected\r\n\r\n");
    socket.pipe(far);
    far.pipe(socket);
  });
  far.on("error", () => socket.destroy());
  socket.on("close", () => far.destroy());
}
