import { describe, expect, test } from "bun:test";
import type { StoreStats } from "../cache/node/store.ts";
import { zeroCounts } from "../cache/node/store-state.ts";
import { type NodeStatus, statusPage, statusPolicy } from "./status-page.ts";

const stats: StoreStats = {
  entries: 1200,
  outputs: 1000,
  rawBytes: 4e9,
  storedBytes: 1e9,
  fileBytes: 1.1e9,
  kinds: [
    { kind: 0, outputs: 1, rawBytes: 5, storedBytes: 5 },
    { kind: 1, outputs: 999, rawBytes: 4e9, storedBytes: 1e9 },
  ],
  scopes: [
    { scope: "pr/1", entries: 200 },
    { scope: "main", entries: 1000 },
  ],
  counts: { ...zeroCounts(), hits: 973, misses: 27 },
};

function page(changes: Partial<NodeStatus> = {}): string {
  return statusPage({
    version: "0.1.0",
    host: "cache:7420",
    access: "read-only",
    isReady: true,
    uptimeMs: 3_600_000,
    openRequests: 3,
    memoryBytes: 1e8,
    stats,
    ...changes,
  });
}

describe("the status page", () => {
  test("says what is here, and whether it helps", () => {
    const html = page();
    for (const text of ["97.3%", "973 of 1,000", "1,200", "1.1 GB", "Ready", "You may read.", "main"]) {
      expect(html).toContain(text);
    }
    expect(html.indexOf("main")).toBeLessThan(html.indexOf("pr/1"));
    expect(page({ isReady: false })).toContain("Not ready");
  });

  test("shows an empty node without dividing by nothing", () => {
    const empty = {
      ...stats,
      entries: 0,
      outputs: 0,
      rawBytes: 0,
      storedBytes: 0,
      kinds: [],
      scopes: [],
      counts: zeroCounts(),
    };
    const html = page({ stats: empty });
    expect(html).toContain("none yet");
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("shows what a client named, and runs none of it", () => {
    const scope = `<script>alert("x")</script>'&`;
    const html = page({ host: scope, stats: { ...stats, scopes: [{ scope, entries: 1 }] } });
    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;");
  });

  test("shows no more scopes than fit, and says how many are left", () => {
    const scopes = Array.from({ length: 500 }, (_, at) => ({ scope: `pr/${at}`, entries: at }));
    const html = page({ stats: { ...stats, scopes } });
    expect(html.match(/pr\//g)?.length).toBe(30);
    expect(html).toContain("470 more scopes");
  });

  test("loads nothing: its policy allows its own style only, and that by its hash", () => {
    const style = /<style>([^]*)<\/style>/.exec(page())?.[1] ?? "";
    const hash = new Bun.CryptoHasher("sha256").update(style).digest("base64");
    expect(statusPolicy()).toBe(
      `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(page()).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});
