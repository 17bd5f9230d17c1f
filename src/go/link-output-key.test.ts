import { expect, test } from "bun:test";
import { linkOutputKey } from "./link-output-key.ts";

test("the key is what sha256sum makes of Go's words around the action", () => {
  const action = Buffer.alloc(32, 0x41);
  const child = Bun.spawnSync(["sha256sum"], { stdin: Buffer.from(`subkey:${"A".repeat(32)}link-stdout`) });
  expect(Buffer.from(linkOutputKey(action), "base64").toString("hex")).toBe(child.stdout.toString().slice(0, 64));
});
