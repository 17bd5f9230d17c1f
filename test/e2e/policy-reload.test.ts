/** An operator changes the access policy of a server that runs. */

import { afterAll, expect, test } from "bun:test";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { errorCode } from "./serve-fixture.ts";
import { jobs, startTrust } from "./trust-fixture.ts";

const trust = await startTrust();
afterAll(async () => {
  await trust.end();
  trust.remove();
});

const original = readFileSync(trust.policyFile, "utf8");
const fork = trust.client({ scope: "pr/99", ancestors: ["main"] });
const main = await trust.job(jobs.main);
const change = await trust.job(jobs.change, { scope: "pr/7", ancestors: ["main"] });

/** As an editor or Kubernetes does it: another file under the same name. */
function replacePolicy(text: string): void {
  writeFileSync(`${trust.policyFile}.new`, text);
  renameSync(`${trust.policyFile}.new`, trust.policyFile);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries === 400) throw new Error("ten seconds have passed");
    await Bun.sleep(25);
  }
}

const statusOf = async (client: typeof fork): Promise<number> => (await client.get("m")).status;

test("a policy that changes holds for those who are known, too; one with a mistake leaves the one before it in force", async () => {
  expect((await main.put("m", Buffer.from("of main"))).status).toBe(201);
  expect([await statusOf(fork), await statusOf(change)]).toEqual([200, 200]);

  // By itself: strangers get nothing any more. The change's token has been seen, and is good for another hour.
  const withoutForks = original.slice(0, original.indexOf("  - name: forks"));
  replacePolicy(withoutForks);
  await until(async () => (await statusOf(fork)) !== 200);
  expect(await errorCode(await fork.get("m"))).toBe("403 server/access-refused");
  expect(await statusOf(change)).toBe(200);

  // By a signal, and with a mistake.
  replacePolicy(original.replace("write: main, trust: trusted", "write: main, trust: much"));
  process.kill(trust.server.pid, "SIGHUP");
  await Bun.sleep(300);
  expect([await statusOf(fork), await statusOf(main)]).toEqual([403, 200]);

  // A change may not read main any more, whatever it was granted before.
  replacePolicy(withoutForks.replace("read: main, trust: internal", "trust: internal"));
  process.kill(trust.server.pid, "SIGHUP");
  await until(async () => (await statusOf(change)) !== 200);
  expect(await errorCode(await change.get("m"))).toBe("403 server/scope-refused");

  await trust.server.end("SIGTERM");
  const lines = (await trust.server.stderr()).split("\n").filter((line) => line.includes("policy"));
  const kept = lines.filter((line) => line.includes("the one before it stays in force"));
  expect(kept.length).toBeGreaterThan(0);
  expect(kept[0]).toContain("trust");
  const changes = lines.filter((line) => line.includes("another access policy is in force"));
  expect(changes).toHaveLength(2);
  expect(changes[0]).toContain('"removed":["forks"]');
  expect(changes[1]).toContain('"changed":["changes"]');
  // The start, and each change.
  expect(lines.filter((line) => line.includes('"ballast.cache.access-policy"'))).toHaveLength(3);
}, 30_000);
