/**
 * A proxy in front of a real server that does one thing wrong, and does it at a chosen place. It speaks HTTP/1.1 over
 * plain sockets, so that nothing mends on the way what the test breaks.
 */

import { createServer, type Server, type Socket } from "node:net";

/** A request as it came, and what the server behind says to it. */
export interface Exchange {
  /** `POST /v1/runs`, without a query. */
  readonly name: string;
  /** The server's answer, read whole; asking for it passes the request on, with a body that `change` may have changed. */
  answer(change?: (body: Buffer) => Buffer): Promise<{ readonly status: number; readonly body: Buffer }>;
  readonly socket: Socket;
}

/** What goes wrong. Sends the answer, or something else, or nothing. */
export type Fault = (exchange: Exchange) => Promise<void> | void;

export interface FaultyProxy {
  readonly url: string;
  /** The requests that the fault was about, in order. */
  readonly struck: readonly string[];
  /** All requests, in order. */
  readonly seen: readonly string[];
  close(): void;
}

interface ProxyOptions {
  /** The server behind; absent for faults that never ask it. */
  readonly server?: string;
  readonly fault: Fault;
  /** Requests whose name matches are struck, all when absent; the others are passed on as they are. */
  readonly only?: RegExp;
}

/** Listens on a free port of 127.0.0.1. */
export async function startFaultyProxy({ server = "", fault, only = /./ }: ProxyOptions): Promise<FaultyProxy> {
  const struck: string[] = [];
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined); // a helper that went away is no news here
    socket.on("close", () => sockets.delete(socket));
    readRequests(socket, async (request) => {
      const exchange = { name: request.name, socket, answer: passOnTo(server, request) };
      seen.push(request.name);
      const isStruck = only.test(request.name);
      if (isStruck) struck.push(request.name);
      await (isStruck ? fault : honest)(exchange);
    });
  });
  const port = await listen(listener);
  return {
    url: `http://127.0.0.1:${port}`,
    struck,
    seen,
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listen(listener: Server): Promise<number> {
  return new Promise((resolve) => {
    listener.listen(0, "127.0.0.1", () => resolve((listener.address() as { port: number }).port));
  });
}

/** Passes everything on as it is. */
const honest: Fault = async ({ answer, socket }) => {
  const { status, body } = await answer();
  socket.write(responseHead(status, body.length));
  socket.write(body);
};

/** The connection stays open, and nothing ever comes. */
export const neverAnswers: Fault = () => undefined;

export const closesConnection: Fault = ({ socket }) => void socket.destroy();

/** An answer that no Ballast server gave. */
export function answersWith(status: number, body = "", contentType = "text/plain"): Fault {
  return ({ socket }) => void socket.write(responseHead(status, body.length, contentType) + body);
}

/** The first bytes of the body at once, the rest at one byte a second. */
export function dripsAfter(sizeBytes: number): Fault {
  return async ({ answer, socket }) => {
    const { status, body } = await answer();
    socket.write(responseHead(status, body.length));
    socket.write(body.subarray(0, sizeBytes));
    for (let at = sizeBytes; at < body.length && !socket.destroyed; at++) {
      await Bun.sleep(1000);
      socket.write(body.subarray(at, at + 1));
    }
  };
}

/** The connection dies after a part of the body that the head announced whole. */
export function diesAfter(share: number): Fault {
  return async ({ answer, socket }) => {
    const { status, body } = await answer();
    socket.write(responseHead(status, body.length));
    socket.write(body.subarray(0, Math.floor(body.length * share)), () => socket.destroy());
  };
}

/** A whole and well-formed answer with another body. */
export function rewrites(change: (body: Buffer) => Buffer): Fault {
  return async ({ answer, socket }) => {
    const { status, body } = await answer();
    const changed = status === 200 ? change(Buffer.from(body)) : body;
    socket.write(responseHead(status, changed.length));
    socket.write(changed);
  };
}

/** A request whose body comes to the server as another one. */
export function rewritesRequest(change: (body: Buffer) => Buffer): Fault {
  return async ({ answer, socket }) => {
    const { status, body } = await answer(change);
    socket.write(responseHead(status, body.length));
    socket.write(body);
  };
}

function responseHead(status: number, sizeBytes: number, contentType = "application/x-ballast-frames"): string {
  return `HTTP/1.1 ${status} Some Reason\r\nContent-Type: ${contentType}\r\nContent-Length: ${sizeBytes}\r\n\r\n`;
}

interface Request {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Hands on each whole request of a connection, one after the other. */
function readRequests(socket: Socket, take: (request: Request) => Promise<void>): void {
  let bytes = Buffer.alloc(0);
  let turn = Promise.resolve();
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    for (let found = cutRequest(bytes); found !== undefined; found = cutRequest(bytes)) {
      const { request } = found;
      bytes = bytes.subarray(found.end);
      turn = turn.then(() => take(request)).catch(() => void socket.destroy());
    }
  });
}

/** The first whole request, and where it ends. The helper announces the length of every body. */
function cutRequest(bytes: Buffer): { readonly request: Request; readonly end: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.replace(/:.*/s, "").toLowerCase(), line.replace(/^[^:]*:\s*/, "")]),
  );
  const bodyStart = headEnd + 4;
  const end = bodyStart + Number(headers["content-length"] ?? 0);
  if (bytes.length < end) return undefined;
  const [method = "", target = ""] = first.split(" ");
  const name = `${method} ${target.replace(/\?.*/, "")}`;
  return { request: { name, method, target, headers, body: bytes.subarray(bodyStart, end) }, end };
}

function passOnTo(server: string, request: Request): Exchange["answer"] {
  const { host: _, connection: _c, "content-length": _l, "accept-encoding": _e, ...headers } = request.headers;
  const { method, target } = request;
  return async (change = (body) => body) => {
    const body = method === "GET" ? null : new Uint8Array(change(Buffer.from(request.body)));
    const response = await fetch(server + target, { method, headers, body });
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  };
}
