/** The JSON Schema of ballast.yaml, so that editors complete and check it. */

import { settingPath, settingText } from "../../src/core/setting-spec.ts";
import type { SettingSpec, SettingSpecs } from "../../src/core/setting-spec.ts";

type Schema = Record<string, unknown>;

const durationPattern = "^(0|(\\d+(\\.\\d+)?(ms|[smhd]))+)$";
const sizePattern = "^\\d+(\\.\\d+)? ?([kKmMgGtT]?[iI]?[bB])?$";

/** A draft 2020-12 schema of the file that holds these settings; nothing else is allowed in it. */
export function settingsSchema(specs: SettingSpecs): Schema {
  const root = mapping();
  for (const [key, spec] of Object.entries(specs)) {
    const path = settingPath(key, spec);
    if (path !== undefined) place(root, path.split("."), valueSchema(spec));
  }
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: "ballast.yaml", ...root };
}

function mapping(): Schema & { properties: Record<string, Schema> } {
  return { type: "object", additionalProperties: false, properties: {} };
}

function place(root: Schema & { properties: Record<string, Schema> }, words: readonly string[], leaf: Schema): void {
  let section = root;
  for (const word of words.slice(0, -1)) {
    section.properties[word] ??= mapping();
    section = section.properties[word] as typeof root;
  }
  section.properties[words.at(-1) ?? ""] = leaf;
}

function valueSchema(spec: SettingSpec): Schema {
  const isText = spec.type === "duration" || spec.type === "size";
  return {
    description: spec.doc,
    ...typeSchema(spec),
    ...(spec.default === undefined ? {} : { default: isText ? settingText(spec, spec.default) : spec.default }),
  };
}

function typeSchema(spec: SettingSpec): Schema {
  switch (spec.type) {
    case "boolean":
      return { type: "boolean" };
    case "number":
      return {
        type: spec.integer === true ? "integer" : "number",
        ...(spec.min === undefined ? {} : { minimum: spec.min }),
        ...(spec.max === undefined ? {} : { maximum: spec.max }),
      };
    case "duration":
      return { type: "string", pattern: durationPattern };
    case "size":
      return {
        anyOf: [
          { type: "string", pattern: sizePattern },
          { type: "integer", minimum: 0 },
        ],
      };
    case "choice":
      return { enum: [...spec.choices] };
    case "url":
      return { type: "string", format: "uri" };
    case "list":
      return { type: "array", items: spec.choices === undefined ? { type: "string" } : { enum: [...spec.choices] } };
    case "data":
      return spec.schema;
    case "string":
    case "path":
      return { type: "string", minLength: 1 };
  }
}
