/** Kubernetes' numbers: `500m` of a CPU, `512Mi` of memory. */

const memoryUnits: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** CPUs as a number, or `undefined` when it is no quantity. */
export function cpuCount(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) / (match[2] === "m" ? 1000 : 1);
}

/** Bytes, or `undefined` when it is no quantity. */
export function memoryBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T|)$/.exec(text.trim());
  const unit = memoryUnits[match?.[2] ?? "none"];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
