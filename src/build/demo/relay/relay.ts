/**
 * A TCP relay on loopback that makes its target look far away: every byte is late by half a round trip each way, and
 * the first ones of a connection by one more round trip, since a real client could not send them before its SYN was
 * answered. What it does not model: slow start, windows (a line holds at most 8 MiB) and loss.
 */

import { createLinkSpeed, DelayedLine, type LinkSpeed } from "./delayed-line.ts";

export interface RelayOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly roundTripMs: number;
  /** Of each direction, over all connections; unlimited when absent. */
  readonly bytesPerSecond?: number | undefined;
}

export interface Relay {
  readonly port: number;
  stop(): void;
}

type Socket = Bun.Socket<Connection>;

/** A client's connection and the one to the target that belongs to it. */
interface Connection {
  readonly openedMs: number;
  far: Socket | undefined;
  near: Socket;
  toFar: DelayedLine;
  toNear: DelayedLine;
}

interface Speeds {
  readonly toFar: LinkSpeed;
  readonly toNear: LinkSpeed;
}

export function startRelay(options: RelayOptions): Relay {
  const speeds = { toFar: createLinkSpeed(options.bytesPerSecond), toNear: createLinkSpeed(options.bytesPerSecond) };
  const listener = Bun.listen<Connection>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: nearHandler(options, speeds),
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

/** What comes from the client. */
function nearHandler(options: RelayOptions, speeds: Speeds): Bun.SocketHandler<Connection> {
  const oneWayMs = options.roundTripMs / 2;
  const dueMs = ({ openedMs }: Connection, bytes: number): number => {
    const sentMs = Math.max(performance.now(), openedMs + options.roundTripMs);
    return speeds.toFar.leaveMs(sentMs, bytes) + oneWayMs;
  };
  return {
    open(near) {
      near.data = connectionOf(near);
      void connectFar(near.data, options, speeds);
    },
    data(near, bytes) {
      near.data.toFar.push(bytes, dueMs(near.data, bytes.length));
      if (near.data.toFar.isFull) near.pause();
    },
    drain: (near) => near.data.toNear.unblock(),
    end: (near) => near.data.toFar.pushEnd(dueMs(near.data, 0)),
    close(near) {
      near.data.toNear.stop();
      near.data.toFar.pushEnd(dueMs(near.data, 0));
    },
    error: (near) => near.terminate(),
  };
}

function connectionOf(near: Socket): Connection {
  const toNear = new DelayedLine({ write: (bytes) => near.write(bytes), end: () => near.end() }, () => {
    connection.far?.resume();
  });
  const toFar = new DelayedLine(
    { write: (bytes) => connection.far?.write(bytes) ?? 0, end: () => connection.far?.end() },
    () => near.resume(),
  );
  const connection: Connection = { openedMs: performance.now(), near, far: undefined, toFar, toNear };
  return connection;
}

/** What comes from the target. Until it is there, the line to it is blocked at its first write. */
async function connectFar(connection: Connection, options: RelayOptions, speeds: Speeds): Promise<void> {
  const oneWayMs = options.roundTripMs / 2;
  const dueMs = (bytes: number): number => speeds.toNear.leaveMs(performance.now(), bytes) + oneWayMs;
  try {
    await Bun.connect<Connection>({
      hostname: options.target.host,
      port: options.target.port,
      allowHalfOpen: true,
      data: connection,
      socket: {
        open(far) {
          connection.far = far;
          connection.toFar.unblock();
        },
        data(far, bytes) {
          connection.toNear.push(bytes, dueMs(bytes.length));
          if (connection.toNear.isFull) far.pause();
        },
        drain: () => connection.toFar.unblock(),
        end: () => connection.toNear.pushEnd(dueMs(0)),
        close() {
          connection.toFar.stop();
          connection.toNear.pushEnd(dueMs(0));
        },
        error: (far) => far.terminate(),
      },
    });
  } catch {
    // Nobody listens at the target: the client sees its connection closed, a round trip later.
    connection.toNear.pushEnd(connection.openedMs + options.roundTripMs);
  }
}
