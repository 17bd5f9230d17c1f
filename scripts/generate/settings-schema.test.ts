import { expect, test } from "bun:test";

import { defineSettings } from "../../src/core/settings.ts";
import { settingsSchema } from "./settings-schema.ts";

test("sections nest, secrets outside the file stay outside, defaults are as typed", () => {
  const specs = defineSettings({
    server: { type: "url", doc: "Where.", path: "cache.server" },
    wait: { type: "duration", doc: "Time.", default: 2000, path: "cache.limits.wait" },
    maxSize: { type: "size", doc: "Space." },
    share: { type: "list", doc: "Kinds.", choices: ["compile", "vet"], default: ["vet"] },
    token: { type: "string", doc: "Secret.", secret: true, path: false },
    port: { type: "number", doc: "Port.", integer: true, min: 1 },
  });
  const schema = settingsSchema(specs);
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
    properties: {
      cache: {
        type: "object",
        additionalProperties: false,
        properties: {
          server: { type: "string", format: "uri", description: "Where." },
          limits: { properties: { wait: { type: "string", default: "2s" } } },
        },
      },
      share: { type: "array", items: { enum: ["compile", "vet"] }, default: ["vet"] },
      port: { type: "integer", minimum: 1 },
    },
  });
  expect(JSON.stringify(schema)).not.toContain("Secret");
});

test("the patterns accept what the parser accepts", () => {
  const { properties } = settingsSchema(
    defineSettings({ wait: { type: "duration", doc: "" }, size: { type: "size", doc: "" } }),
  ) as { properties: { wait: { pattern: string }; size: { anyOf: [{ pattern: string }] } } };
  const duration = new RegExp(properties.wait.pattern);
  const size = new RegExp(properties.size.anyOf[0].pattern);
  for (const text of ["0", "500ms", "1m30s", "1.5h"]) expect([text, duration.test(text)]).toEqual([text, true]);
  for (const text of ["5", "1 s", ""]) expect([text, duration.test(text)]).toEqual([text, false]);
  for (const text of ["10GiB", "512 MB", "7b", "100"]) expect([text, size.test(text)]).toEqual([text, true]);
  for (const text of ["10G", "MB"]) expect([text, size.test(text)]).toEqual([text, false]);
});
