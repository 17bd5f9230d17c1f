/** The status page's HTML. Everything that came from a client is escaped; the policy forbids the page to load anything. */

import type { StoreStats } from "../cache/node/store.ts";
import { formatBytes, formatCount, formatDuration, formatShare } from "../core/human-units.ts";
import { bodyKindName } from "../go/body-kind.ts";
import { statusStyle } from "./status-style.ts";

export interface NodeStatus {
  readonly version: string;
  /** The address under which the reader came. */
  readonly host: string;
  /** What the reader's token may do. */
  readonly access: string;
  readonly isReady: boolean;
  readonly uptimeMs: number;
  readonly openRequests: number;
  readonly memoryBytes: number;
  readonly stats: StoreStats;
}

/** Scopes shown, the largest first. */
const scopesMax = 30;

/** The `Content-Security-Policy` of the page: its own style, and nothing else. */
export function statusPolicy(): string {
  const style = new Bun.CryptoHasher("sha256").update(statusStyle).digest("base64");
  return `default-src 'none'; img-src data:; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

export function statusPage(node: NodeStatus): string {
  const { stats, isReady } = node;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ballast node ${escapeHtml(node.host)}</title>
<link rel="icon" href="data:,">
<style>${statusStyle}</style>
</head>
<body>
<header>
<h1>Ballast <span class="host">${escapeHtml(node.host)}</span></h1>
<p class="state ${isReady ? "good" : "bad"}">${isReady ? "Ready" : "Not ready"}</p>
</header>
<main>
<p class="lead">Version ${escapeHtml(node.version)}, up ${formatDuration(node.uptimeMs)}, ${formatBytes(node.memoryBytes)} of memory. You may ${node.access === "read-write" ? "read and write" : "read"}.</p>
${figures(node)}
${kindsTable(stats)}
${scopesTable(stats)}
${troubleTable(stats)}
</main>
<footer><p><a href="/status">Look again</a> <a href="/metrics">Metrics</a> <a href="/v1/stats">The same as JSON</a></p></footer>
</body>
</html>
`;
}

function figures({ stats, openRequests }: NodeStatus): string {
  const { hits, misses, stored, known } = stats.counts;
  const asked = hits + misses;
  const share = asked === 0 ? "none yet" : formatShare(hits / asked);
  const ratio = stats.storedBytes === 0 ? "" : `${formatBytes(stats.rawBytes)} unpacked`;
  const rows = [
    ["Lookups that hit", share, `${formatCount(hits)} of ${formatCount(asked)} since the start`],
    ["Entries", formatCount(stats.entries), `${formatCount(stats.outputs)} bodies`],
    ["On the disk", formatBytes(stats.fileBytes), ratio],
    ["Stored", formatCount(stored), `${formatCount(known)} more were known already`],
    ["Open requests", formatCount(openRequests), ""],
  ] as const;
  const items = rows.map(
    ([name, value, remark]) => `<div><dt>${name}</dt><dd>${value}</dd><dd class="remark">${remark}</dd></div>`,
  );
  return `<dl class="figures">${items.join("")}</dl>`;
}

function kindsTable({ kinds, storedBytes }: StoreStats): string {
  const rows = kinds
    .toSorted((a, b) => b.storedBytes - a.storedBytes)
    .map((kind) => [
      escapeHtml(bodyKindName(kind.kind)),
      formatCount(kind.outputs),
      formatBytes(kind.rawBytes),
      `${formatBytes(kind.storedBytes)} ${meter(kind.storedBytes, storedBytes)}`,
    ]);
  return table("What is here", ["Kind", "Bodies", "Unpacked", "Stored"], rows, "Nothing is stored yet.");
}

function scopesTable({ scopes, entries }: StoreStats): string {
  const sorted = scopes.toSorted((a, b) => b.entries - a.entries);
  const rows = sorted
    .slice(0, scopesMax)
    .map(({ scope, entries: held }) => [
      `<span class="name">${escapeHtml(scope)}</span>`,
      `${formatCount(held)} ${meter(held, entries)}`,
    ]);
  const left = sorted.length - rows.length;
  const remark = left > 0 ? `<p>and ${formatCount(left)} more scopes</p>` : "";
  return table("Whose it is", ["Scope", "Entries"], rows, "No scope has an entry yet.") + remark;
}

function troubleTable({ counts }: StoreStats): string {
  const rows = [
    ["Bodies refused: not what their id says", counts.mismatches],
    ["Stored bodies found damaged, and dropped", counts.damaged],
    ["Two outputs for one compile action", counts.conflicts],
    ["Entries removed for room or age", counts.evictedEntries],
  ] as const;
  return table(
    "Since the start",
    ["What", "How often"],
    rows.map(([what, count]) => [what, formatCount(count)]),
    "",
  );
}

/** The first column names the row; wide tables scroll by themselves, with the keyboard too. */
function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
  const id = title.toLowerCase().replaceAll(" ", "-");
  const heading = `<h2 id="${id}">${title}</h2>`;
  if (rows.length === 0) return `<section>${heading}<p>${empty}</p></section>`;
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join("");
  const body = rows.map(([first, ...cells]) => {
    return `<tr><th scope="row">${first ?? ""}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  return `<section>${heading}<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}"><table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div></section>`;
}

function meter(part: number, whole: number): string {
  const percent = whole <= 0 ? 0 : (part / whole) * 100;
  return `<meter min="0" max="100" value="${percent.toFixed(1)}" aria-label="share">${percent.toFixed(0)} %</meter>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
