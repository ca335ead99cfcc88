import type { Capability } from "../language/catalog.ts";
import { createLineIndex } from "../language/index.ts";
import type { Workflow } from "../language/model.ts";
import { engineAbi } from "../runtime/engine/contract.ts";
import { type Manifest, type ManifestContent, packArtifact } from "../runtime/protocol/artifact.ts";
import type { Target } from "./bundle.ts";
import type { Optimize, Plan } from "./plan.ts";
import { compilerVersion } from "./version.ts";

/** A compiled workflow as a file, and what its manifest says. */
export interface Packaged {
  /** The unsigned `.eddy` file. */
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  /** Bytes that the code takes up in it. */
  readonly packed: number;
}

/** The artifact of a compiled workflow. Pure: the same for the same input, on any machine. */
export function packageWorkflow(
  plan: Plan,
  files: { readonly code: string; readonly map: string },
  options: { readonly target: Target; readonly optimize: Optimize },
): Packaged {
  return packArtifact(files, manifestContent(plan, options));
}

function manifestContent(
  { program, nodes }: Plan,
  { target, optimize }: { readonly target: Target; readonly optimize: Optimize },
): ManifestContent {
  const { workflow, file } = program.root;
  const { isolation, memory, restart, timezone } = workflow.settings;
  const workflows = program.instances.map((instance) => instance.workflow);
  const capabilities = new Set(
    nodes.flatMap(({ descriptor }): readonly Capability[] => descriptor.capabilities ?? []),
  );
  return {
    format: 1,
    id: workflow.id,
    name: workflow.name,
    file: file.name,
    abi: engineAbi,
    compiler: compilerVersion,
    target,
    optimize,
    isolation,
    ...(memory === undefined ? {} : { memory }),
    restart,
    ...(timezone === undefined ? {} : { timezone }),
    capabilities: [...capabilities].sort(),
    env: environment(workflows),
    secrets: [...new Set(workflows.flatMap(({ secrets }) => [...secrets.keys()]))].sort(),
    nodes: lines(nodes, file.name),
  };
}

/** A workflow and its subflows share what is bound on the device: the same name is the same value. */
function environment(workflows: readonly Workflow[]): ManifestContent["env"] {
  const env: Record<string, ManifestContent["env"][string]> = {};
  for (const declared of workflows.toReversed()) {
    for (const [name, { type, default: preset }] of declared.env) {
      const inner = env[name];
      const value = preset ?? inner?.default;
      env[name] = { type, ...(value === undefined ? {} : { default: value }) };
    }
  }
  return env;
}

function lines(nodes: Plan["nodes"], mainFile: string): ManifestContent["nodes"] {
  const indexes = new Map<string, ReturnType<typeof createLineIndex>>();
  return nodes.map(({ id, node, instance: { file } }) => {
    let index = indexes.get(file.name);
    if (!index) {
      index = createLineIndex(file.text);
      indexes.set(file.name, index);
    }
    const line = index.positionAt(node.idRange.start).line + 1;
    return { id, type: node.type.value, line, ...(file.name === mainFile ? {} : { file: file.name }) };
  });
}
