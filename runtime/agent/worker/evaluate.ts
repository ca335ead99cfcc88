import { EddyError } from "../../../language/problem.ts";
import type { CompiledWorkflow, Host } from "../../engine/contract.ts";
import type { Program } from "../messages.ts";

/** In stack traces, this is where code of a workflow comes from. */
function sourceOf({ id, version }: Pick<Program, "id" | "version">): string {
  return `eddy-workflow:///${id}/${version}/workflow.js`;
}

/** The workflow whose code a stack trace goes through. */
export function workflowInStack(stack: string | undefined): string | undefined {
  return /eddy-workflow:\/\/\/([A-Za-z0-9._-]+)\//.exec(stack ?? "")?.[1];
}

/**
 * Makes a function of an artifact's code. Not `import()`: each module that was ever imported stays in memory for ever,
 * and a device changes versions for years. Throws `EDDY_LOAD_FAILED` for what is not JavaScript.
 */
export function evaluate(
  program: Pick<Program, "id" | "version" | "code">,
): (host: Host) => CompiledWorkflow {
  let factory: (host: Host) => unknown;
  try {
    factory = new Function("host", `${program.code}\n//# sourceURL=${sourceOf(program)}`) as typeof factory;
  } catch (error) {
    throw loadFailed(program.id, error);
  }
  return (host) => {
    let made: unknown;
    try {
      made = factory(host);
    } catch (error) {
      throw error instanceof EddyError ? error : loadFailed(program.id, error);
    }
    if (isWorkflow(made)) return made;
    throw loadFailed(program.id, new TypeError("its code gives no workflow"));
  };
}

export function loadFailed(id: string, error: unknown): EddyError {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new EddyError("EDDY_LOAD_FAILED", `Workflow "${id}" cannot be loaded: ${said}`, { cause: error });
}

function isWorkflow(value: unknown): value is CompiledWorkflow {
  const methods = ["start", "stop", "inject", "observe", "counters"];
  return (
    typeof value === "object" &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === "function")
  );
}
