// Node-RED in this process, without its editor, as quiet as it gets.
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Starts a flow, and resolves when it runs. `library` is Node-RED's module, `folder` is for what it keeps. */
export async function startNodeRed(library, folder, nodes, globals = {}) {
  await writeFile(join(folder, "flows.json"), JSON.stringify(nodes));
  const RED = createRequire(library)(library);
  RED.init({
    httpAdminRoot: false,
    httpNodeRoot: false,
    userDir: folder,
    flowFile: "flows.json",
    credentialSecret: false,
    functionGlobalContext: globals,
    logging: { console: { level: "error", metrics: false, audit: false } },
    telemetry: { enabled: false, updateNotification: false },
  });
  const started = new Promise((resolve) => RED.events.once("flows:started", resolve));
  await RED.start();
  await started;
  return RED;
}

/** A node of a flow with what every one has. */
export function node(id, type, to, more) {
  return { id, z: "tab", type, name: "", wires: to.map((wire) => [wire]), ...more };
}

/** A `switch` that compares one property with numbers, first match only. */
export function comparing(id, property, numbers, to) {
  const rules = numbers.map((number) => ({ t: "gt", v: String(number), vt: "num" }));
  return node(id, "switch", to, {
    property,
    propertyType: "msg",
    rules,
    checkall: "false",
    outputs: rules.length,
  });
}

export function code(id, func, to, more = {}) {
  return node(id, "function", to, {
    func,
    outputs: to.length,
    initialize: "",
    finalize: "",
    libs: [],
    ...more,
  });
}
