/** Which library function the machine knows, by symbol key; and what a method does of which only the name is known. */

import type { Library, LibraryFunction } from "../calls.ts";
import { isObject, type Value } from "../value.ts";
import { atomicFunction } from "./atomics.ts";
import { lockFunctions, lockMethods } from "./locks.ts";
import { otherFunctions, throughSystem, unknownWait } from "./others.ts";
import { reflectFunction } from "./reflection.ts";
import { timeFunctions } from "./time.ts";
import { waitingFunctions } from "./waiting.ts";

const functions: ReadonlyMap<string, LibraryFunction> = new Map(
  Object.entries({ ...lockFunctions, ...waitingFunctions, ...timeFunctions, ...otherFunctions }),
);

const systemPackages = /^(?:os|net|net\/http|net\/http\/httptest|os\/exec|syscall|io|io\/ioutil)\./;

export const library: Library = (key, name, receiver) => {
  const known = functions.get(key);
  if (known !== undefined) return known;
  if (key.startsWith("sync/atomic.")) return atomicFunction(key);
  if (key.startsWith("testing.")) return functions.get(`testing.${name}`);
  if (systemPackages.test(key)) return throughSystem;
  const reflected = reflectFunction(key, name, receiver);
  if (reflected !== undefined) return reflected;
  return byName(key, name, receiver);
};

/** The receiver's own type may say more than the call, and a name may be all there is. */
function byName(key: string, name: string, receiver: Value): LibraryFunction | undefined {
  const type = isObject(receiver) && receiver.kind === "cell" ? receiver.type : undefined;
  const own = type?.kind === "named" ? `${type.pkgPath}.${type.name}.${name}` : undefined;
  if (own !== undefined && own !== key) {
    const known = functions.get(own);
    if (known !== undefined) return known;
  }
  if (key !== "") return undefined;
  const isOwnWait = name === "Wait" && receiver !== undefined;
  if (isOwnWait) return unknownWait;
  if (name === "Done" && receiver !== undefined) return functions.get("context.Context.Done");
  if (lockMethods[name] !== undefined) return lockMethods[name];
  return undefined;
}
