import type { Host, KeyValueStore, NodeContext } from "./contract.ts";
import type { Engine } from "./engine.ts";

/** What a node gets beside its params. */
export function nodeContext(engine: Engine, index: number): NodeContext {
  const { host, definition } = engine;
  const node = engine.node(index);
  const scope = node.id.slice(0, node.id.lastIndexOf("/") + 1);
  return {
    id: node.id,
    host,
    clock: host.clock,
    state: host.storage.open(node.id),
    settings: node.settings ?? {},
    timezone: definition.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
    log: (level, message) => engine.log(level, message, node.id),
    setState(name, value) {
      const declared = definition.state?.[scope + name];
      const { store, key } = stateOwner(host, scope + name, name, declared?.scope);
      store.set(key, value);
    },
    newId: () => engine.newId(),
    fail: (error, cause) => engine.failOutside(index, error, cause),
  };
}

/** Where a declared `state:` is kept. `name` is that in the whole workflow, `own` that in its own file. */
export function stateOwner(
  host: Host,
  name: string,
  own: string,
  scope: "workflow" | "device" | undefined,
): { readonly store: KeyValueStore; readonly key: string } {
  // What the device shares is one thing for all that name it.
  if (scope === "device") return { store: host.storage.open("device:"), key: own };
  return { store: host.storage.open("state:"), key: name };
}
