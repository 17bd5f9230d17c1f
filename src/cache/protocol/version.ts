/**
 * Versions of the protocol, and how two sides find one. A request says in which version it is written and in which others
 * its sender would understand an answer; the answer to a hello, to a run's opening and to a version that is not spoken says
 * which ones the server speaks. Both then take the highest that they share. It costs no request: what comes first is
 * written in the oldest version, which a server of the next one still speaks.
 */

import { protocolErrors } from "./errors.ts";

/** What is spoken here, the oldest first. */
export const protocolVersions: readonly number[] = [1, 2];

/** From this one on the misses of a lookup are told together, before the first body. */
export const versionWithMisses = 2;

/** Version of this request or answer; 1 when absent. */
export const versionHeader = "ballast-protocol";
/** All that the sender speaks, with commas between. */
export const versionsHeader = "ballast-protocols";

export const spokenVersions = protocolVersions.join(", ");

/** Numbers of a list are at most so many: one that is longer is not read to its end. */
const listedMax = 20;

/** The highest version of a list that is spoken here; `undefined` without a list, or when nothing is shared. */
export function highestShared(listed: string | null): number | undefined {
  if (listed === null) return undefined;
  const theirs = listed.split(",", listedMax).map((text) => text.trim());
  return protocolVersions.findLast((version) => theirs.includes(String(version)));
}

/** The version in which a request is written. Throws `protocol/unsupported-version` for one that is not spoken here. */
export function readVersion(header: string | null): number {
  const version = protocolVersions.find((one) => String(one) === (header ?? "1"));
  if (version !== undefined) return version;
  throw protocolErrors.error("protocol/unsupported-version", `spoken are ${spokenVersions}, asked for ${header}`);
}

/** The client's first word, and what it takes for an answer. */
export function offeredVersions(): Record<string, string> {
  return { [versionHeader]: String(protocolVersions[0]), [versionsHeader]: spokenVersions };
}

/** What a server says to an offer: the version to go on with. Nothing to a client that offers nothing. */
export function chosenVersion(offered: string | null): Record<string, string> {
  const shared = highestShared(offered);
  return shared === undefined ? {} : { [versionHeader]: String(shared), [versionsHeader]: spokenVersions };
}
