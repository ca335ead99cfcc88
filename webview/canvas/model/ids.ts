/** An id for a new node: the name of its type, numbered where it is taken. */
export function chooseId(type: string, taken: ReadonlySet<string>): string {
  const base = baseName(type);
  if (!taken.has(base) && base !== reservedId) return base;
  for (let number = 2; ; number++) {
    const id = `${base}-${number}`;
    if (!taken.has(id)) return id;
  }
}

/** Why a node may not be called so, or nothing. */
export function refuseId(id: string, taken: ReadonlySet<string>): "shape" | "taken" | "reserved" | undefined {
  if (!idShape.test(id)) return "shape";
  if (id === reservedId) return "reserved";
  return taken.has(id) ? "taken" : undefined;
}

/** `any` stands for every node in `from`. */
const reservedId = "any";
const idShape = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** `./lib/alarm.flow.yaml` is called `alarm`, `plant/press` is called `press`. */
function baseName(type: string): string {
  const last = type.split("/").at(-1) ?? type;
  const name = last.replace(/\.(flow\.yaml|node\.ts)$/, "").replace(/[^A-Za-z0-9_-]+/g, "-");
  return idShape.test(name) ? name : "node";
}
