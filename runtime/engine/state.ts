import type { KeyValueStore } from "./contract.ts";
import type { Engine } from "./engine.ts";

/** `state` as expressions see it: the value now, or the declared initial one. `scope` is the subflow, as `alarm/`. */
export function stateValues(engine: Engine, scope = ""): Readonly<Record<string, unknown>> {
  const values = {};
  for (const [name, { initial }] of Object.entries(engine.definition.state ?? {})) {
    const own = name.slice(scope.length);
    if (!name.startsWith(scope) || own.includes("/")) continue;
    const { store, key } = stateOwner(engine, scope, own);
    const get = () => {
      const value = store.get(key);
      return value === undefined ? initial : value;
    };
    Object.defineProperty(values, own, { enumerable: true, get });
  }
  return values;
}

/** Where a declared `state:` is kept: what the device shares is one thing for all that name it. */
export function stateOwner(
  { host, definition }: Engine,
  scope: string,
  name: string,
): { readonly store: KeyValueStore; readonly key: string } {
  return definition.state?.[scope + name]?.scope === "device"
    ? { store: host.storage.open("device:"), key: name }
    : { store: host.storage.open("state:"), key: scope + name };
}
