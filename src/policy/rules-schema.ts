/** The JSON Schema of a list of rules, for editors. */

import type { Effects, FactSpec, Vocabulary } from "./rule.ts";

type Schema = Record<string, unknown>;

export function rulesSchema(vocabulary: Vocabulary, effects: Effects): Schema {
  const facts = Object.entries(vocabulary).map(([name, spec]): [string, Schema] => [
    name,
    { description: spec.doc, ...wanted(spec.kind) },
  ]);
  const all: Schema = { type: "object", additionalProperties: false };
  all["properties"] = {
    ...Object.fromEntries(facts),
    not: { description: "None of it, or not all of it.", type: "object" },
  };
  const sets = Object.entries(effects).map(([name, { doc, schema }]): [string, Schema] => [
    name,
    { description: doc, ...schema },
  ]);
  return {
    type: "array",
    items: {
      type: "object",
      additionalProperties: false,
      required: ["name", "set"],
      properties: {
        name: { description: "Tells the rule from others.", type: "string", pattern: "^[\\w.-]{1,80}$" },
        why: { description: "Shown to whoever is governed by it.", type: "string" },
        when: {
          description: "All of these must hold; of a list, one item. Without it, always.",
          anyOf: [all, { type: "array", items: all }],
        },
        set: {
          description: "What it sets.",
          type: "object",
          additionalProperties: false,
          minProperties: 1,
          properties: Object.fromEntries(sets),
        },
        enforce: { description: "Whether it wins over flags and variables.", type: "boolean", default: false },
      },
    },
  };
}

function wanted(kind: FactSpec["kind"]): Schema {
  const type = { switch: "boolean", number: "number", text: "string", words: "string" }[kind];
  return { anyOf: [{ type }, { type: "array", items: { type }, minItems: 1 }] };
}
