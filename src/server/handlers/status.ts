/** `GET /` and `GET /status`: the node for people, one page without anything from elsewhere. */

import { statusPage, statusPolicy } from "../status-page.ts";
import type { Handler } from "./handler.ts";

export const status: Handler = ({ store, metrics, version }, request, _id, access) => {
  const html = statusPage({
    version,
    host: request.headers.get("host") ?? "",
    access,
    isReady: store.isReady(),
    uptimeMs: process.uptime() * 1000,
    openRequests: metrics.openRequests,
    memoryBytes: process.memoryUsage.rss(),
    stats: store.stats(),
  });
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": statusPolicy(),
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
};
