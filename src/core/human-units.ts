/** Durations, sizes and counts as people write and read them. Milliseconds and bytes everywhere else. */

const durationUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const sizeUnitsBytes: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** `500ms`, `2s`, `1.5h`, `1m30s` in milliseconds; `undefined` when the text is no duration. The unit is obligatory. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    totalMs += Number(amount) * (durationUnitsMs[unit ?? ""] ?? Number.NaN);
  }
  return safeInteger(totalMs);
}

/** `512MB`, `10GiB`, `4096` in bytes; `undefined` when the text is no size. KB is 1000, KiB is 1024; `10G` is refused as unclear. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgt]?i?b)?$/i.exec(text);
  if (match === null) return undefined;
  const unitBytes = sizeUnitsBytes[(match[2] ?? "").toLowerCase()];
  return unitBytes === undefined ? undefined : safeInteger(Number(match[1]) * unitBytes);
}

function safeInteger(value: number): number | undefined {
  const rounded = Math.round(value);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}

/** The shortest exact text of a duration that `parseDuration` reads back to the same number: `10m`, `1500ms`. */
export function exactDuration(durationMs: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const unitMs = durationUnitsMs[unit] ?? 1;
    if (durationMs !== 0 && durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`;
  }
  return `${durationMs}ms`;
}

/** The shortest exact text of a size that `parseSize` reads back to the same number: `10GiB`, `512MB`, `100B`. */
export function exactSize(sizeBytes: number): string {
  for (const unit of ["TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "KB"]) {
    const unitBytes = sizeUnitsBytes[unit.toLowerCase()] ?? 1;
    if (sizeBytes !== 0 && sizeBytes % unitBytes === 0) return `${sizeBytes / unitBytes}${unit}`;
  }
  return `${sizeBytes}B`;
}

/** A duration for reading, three significant digits at most: `0.4 ms`, `512 ms`, `3.21 s`, `2m 05s`, `1h 02m`, `3d 4h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  if (durationMs < 999.5) return `${significant(durationMs)} ms`;
  if (durationMs < 59_950) return `${significant(durationMs / 1000)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${twoDigits(seconds % 60)}s`;
  const minutes = Math.round(durationMs / 60_000);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
  const hours = Math.round(durationMs / 3_600_000);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A size for reading, in decimal units: `512 B`, `12.3 kB`, `1.42 GB`. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 0) return `-${formatBytes(-sizeBytes)}`;
  if (sizeBytes < 999.5) return `${Math.round(sizeBytes)} B`;
  let value = sizeBytes;
  let unit = "B";
  for (const next of ["kB", "MB", "GB", "TB", "PB"]) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${significant(value)} ${unit}`;
}

/** A whole number with separators: `12,345`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A share (0 to 1) as a percentage: `97.3%`; 100% and 0% only when they are exact. */
export function formatShare(share: number): string {
  if (share > 0.999 && share < 1) return ">99.9%";
  if (share > 0 && share < 0.001) return "<0.1%";
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)}%`;
}

function significant(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  const text = value.toFixed(value < 9.995 ? 2 : 1);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function twoDigits(value: number): string {
  return value.toString().padStart(2, "0");
}
