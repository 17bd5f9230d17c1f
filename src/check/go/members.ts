/** Fields and methods of types by name, through embedding, as Go's selector rules find them. */

import { Type } from "./type-table.ts";
import type { Member } from "./program.ts";
import type { GoField, GoMethod, GoType } from "./symbols.ts";

/** A member with the embedded fields on the way to it. */
export interface FoundMember extends Member {
  readonly field: GoField | undefined;
  readonly steps: readonly GoField[];
}

interface Level {
  readonly type: GoType;
  readonly steps: readonly GoField[];
}

/** Embedding deeper than this is taken for unknown. */
const depthMax = 16;

/**
 * The member that `x.name` selects for an `x` of that type. `undefined`: there is none, it is ambiguous, or something embedded is
 * not known and might have it.
 */
export function findMember(type: GoType, name: string): FoundMember | undefined {
  const known = type instanceof Type ? type.memberMemo?.get(name) : undefined;
  if (known !== undefined) return known as FoundMember;
  const found = searchMember(type, name);
  // Only what was found is kept: what is unknown now may be known later.
  if (found !== undefined && type instanceof Type) {
    type.memberMemo ??= new Map();
    type.memberMemo.set(name, found);
  }
  return found;
}

function searchMember(type: GoType, name: string): FoundMember | undefined {
  let level: readonly Level[] = [{ type: withoutPointer(type), steps: [] }];
  const seen = new Set<GoType>();
  for (let depth = 0; depth < depthMax && level.length > 0; depth++) {
    const found = level.flatMap((at) => ownMember(at, name));
    if (found.length > 0) return found.length === 1 ? found[0] : undefined;
    const next = embeddedIn(level, seen);
    if (next === undefined) return undefined;
    level = next;
  }
  return undefined;
}

function withoutPointer(type: GoType): GoType {
  return type.kind === "pointer" && type.elem !== undefined ? type.elem : type;
}

function ownMember(at: Level, name: string): FoundMember[] {
  const { type, steps } = at;
  const path = steps.map((step) => step.name);
  const holder = type.kind === "typeparam" ? type.underlying : type;
  const method = methodsOf(holder).find((each) => each.name === name);
  if (method !== undefined) {
    const isInterface = holder?.underlying?.kind === "interface";
    const { key } = method;
    return [{ kind: "method", name, key, type: method.type, method, path, isInterface, field: undefined, steps }];
  }
  const field = fieldsOf(type)?.find((each) => each.name === name);
  if (field === undefined) return [];
  const { key } = field;
  return [{ kind: "field", name, key, type: field.type, method: undefined, path, isInterface: false, field, steps }];
}

function methodsOf(type: GoType | undefined): readonly GoMethod[] {
  if (type === undefined) return [];
  return type.underlying?.kind === "interface" ? (type.underlying.methods ?? []) : (type.methods ?? []);
}

function fieldsOf(type: GoType): readonly GoField[] | undefined {
  return type.fields ?? type.underlying?.fields;
}

/** The types embedded one level deeper; `undefined` if one of them is not known. */
function embeddedIn(level: readonly Level[], seen: Set<GoType>): Level[] | undefined {
  const next: Level[] = [];
  for (const { type, steps } of level) {
    if (seen.has(type)) continue;
    seen.add(type);
    if (type.underlying === undefined) return undefined;
    for (const field of fieldsOf(type) ?? []) {
      if (!field.embedded) continue;
      if (field.type === undefined) return undefined;
      next.push({ type: withoutPointer(field.type), steps: [...steps, field] });
    }
  }
  return next;
}

/** Whether a type, or a pointer to it, has all methods of an interface, as far as names and known signatures say. */
export function implementsInterface(type: GoType, interfaceType: GoType): boolean {
  const wanted = interfaceType.underlying?.methods;
  if (wanted === undefined || wanted.length === 0) return false;
  return wanted.every((method) => {
    const found = findMember(type, method.name);
    if (found?.kind !== "method") return false;
    return found.type === undefined || method.type === undefined || found.type.text === method.type.text;
  });
}
