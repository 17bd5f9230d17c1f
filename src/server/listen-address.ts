import { serverErrors } from "./errors.ts";

export interface ListenAddress {
  /** Without brackets. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Reads `HOST:PORT`, with brackets around an IPv6 host. Throws `server/address-invalid`. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw serverErrors.error("server/address-invalid", text);
  return { host: (match[1] ?? match[2]) as string, port };
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** The host of a `Host` header, without port and brackets. */
export function hostOfHeader(header: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(header);
  return (match?.[1] ?? match?.[2] ?? "").toLowerCase();
}

export function urlOf(scheme: "http" | "https", { host, port }: ListenAddress): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
