import { memberUses } from "../expression-text.ts";
import type { Range, Wire } from "../model.ts";
import type { Problem } from "../problem.ts";
import type { TypeCode } from "./codes.ts";
import type { TypeRequest } from "./contract.ts";
import type { Finding } from "./findings.ts";
import { longestType } from "./outputs.ts";
import type { CheckedNode, Run } from "./run.ts";
import { slotAt, sourceRangeOf, type VirtualText } from "./virtual-text.ts";

const roots: ReadonlySet<string> = new Set(["env", "secrets", "state", "params"]);

/** Findings of a generated file at their places in the author's; `otherwise` is for those that have none. */
export function problemsOf(
  findings: readonly Finding[],
  virtual: VirtualText,
  otherwise: Range,
  node?: { readonly id: string; readonly disabled: boolean },
): readonly Problem[] {
  if (findings.length === 0) return [];
  const origins = virtual.text.origins();
  const problems = new Map<string, Problem>();
  for (const finding of findings) {
    const { start, end, message, code, instead, root, wires = [] } = finding;
    const slot = slotAt(virtual, start);
    if (root !== undefined && slot && isToldElsewhere(root, virtual, slot)) continue;
    const exact = sourceRangeOf(virtual, origins, start, Math.max(end, start + 1));
    const range = exact ?? slot?.range ?? otherwise;
    const key = `${range.start}:${range.end}`;
    if (problems.has(key)) continue;
    const fixes =
      exact && instead !== undefined
        ? [{ title: `Change to ${instead}`, edits: [{ range, newText: instead }] }]
        : undefined;
    problems.set(key, {
      code,
      // A disabled node is not compiled, so nothing about it stands in the way.
      severity: node?.disabled ? "hint" : "error",
      message,
      range,
      ...(node ? { node: node.id } : {}),
      ...(wires.length > 0 ? { wires: wires.map(({ input, node, port }) => ({ input, node, port })) } : {}),
      ...(fixes ? { fixes } : {}),
    });
  }
  const found = [...problems.values()];
  // Where something inside of an expression is wrong, what that makes of the whole need not be told.
  return found.filter(({ range }) => !found.some((other) => isInside(other.range, range)));
}

function isInside(inner: Range, outer: Range): boolean {
  const isSame = inner.start === outer.start && inner.end === outer.end;
  return !isSame && inner.start >= outer.start && inner.end <= outer.end;
}

/** `env.X` and the like that nobody declares is found without TypeScript, too, unless `env` is used as a whole as well. */
function isToldElsewhere(
  root: string,
  { text }: VirtualText,
  { start, end }: { readonly start: number; readonly end: number },
): boolean {
  return !memberUses(text.toString().slice(start, end), roots).whole.has(root);
}

/** What is worth knowing of the wires, beside what is wrong in the nodes. */
export function wireProblems(run: Run, { parsed }: TypeRequest): readonly Problem[] {
  const { workflow } = parsed;
  const problems: Problem[] = run.openLoops.map(({ node, wire }) =>
    atWire(
      "EDDY_TYPE_LOOP",
      "error",
      wire,
      node.id,
      `This wire closes a loop, and no node in it says what it gives: declare the payload with output: at one of them, for instance at "${wire.node}".`,
    ),
  );
  for (const { node, inputs } of run.nodes.values()) {
    for (const wire of node.from) {
      const port = run.nodes.get(wire.node)?.ports.get(wire.port);
      if (!port?.isNever || inputs.size === 0) continue;
      const message = `By the types of what comes into "${wire.node}", no message can ever leave by "${wire.port}": correct its condition or what it returns, or remove this wire.`;
      problems.push(atWire("EDDY_TYPE_NEVER", "hint", wire, node.id, message));
    }
  }
  return [...problems, ...undeclared(run, workflow.settings.types === "strict")];
}

function atWire(
  code: TypeCode,
  severity: Problem["severity"],
  { range }: Wire,
  node: string,
  message: string,
): Problem {
  return { code, severity, message, range, node };
}

/** Nodes that could say what their payload is, where somebody makes use of it. */
function undeclared(run: Run, isStrict: boolean): readonly Problem[] {
  const followers = new Map<string, CheckedNode[]>();
  for (const checked of run.nodes.values()) {
    if (checked.node.disabled) continue;
    for (const { node, port } of checked.node.from) {
      if (port === "error") continue;
      const list = followers.get(node);
      if (list) list.push(checked);
      else followers.set(node, [checked]);
    }
  }
  return [...run.nodes.values()].flatMap((checked): readonly Problem[] => {
    const { node, ports, isBroken, inputs } = checked;
    const long = [...ports].find(([, port]) => port.isLong)?.[0];
    const isUndeclared = !node.output && ports.get("out")?.isAny === true;
    if (isBroken || node.disabled || (!isUndeclared && long === undefined)) return [];
    // Where any comes in, it is the node before that should say what it is.
    if ([...inputs.values()].some((input) => input.isAny)) return [];
    if (!isMadeUseOf(node.id, followers)) return [];
    const what = isStrict ? "nothing can be done with it" : "what is done with it is not checked";
    return [
      {
        code: "EDDY_TYPE_UNDECLARED",
        severity: "hint",
        message:
          long === undefined
            ? `Nothing says what the payload of "${node.id}" is, so that ${what}. Declare it with output:, for instance output: Reading.`
            : `The type of what leaves "${node.id}" by "${long}" has more than ${longestType} characters, so that ${what}. Declare a shorter one with output:, or hand on less.`,
        range: node.type.range,
        node: node.id,
        ...(isUndeclared ? { fixes: [declareOutput(checked)] } : {}),
      },
    ];
  });
}

function declareOutput({ node, file }: CheckedNode) {
  const end = node.type.range.end;
  const text = file?.source ?? "";
  const lineStart = text.lastIndexOf("\n", node.type.range.start) + 1;
  const indent = /^ */.exec(text.slice(lineStart))?.[0] ?? "";
  const isBlock = /^ *type:/.test(text.slice(lineStart));
  const feed = text.indexOf("\n", end);
  const lineEnd = feed === -1 ? text.length : text[feed - 1] === "\r" ? feed - 1 : feed;
  const lineBreak = feed > 0 && text[feed - 1] === "\r" ? "\r\n" : "\n";
  const edit = isBlock
    ? { range: { start: lineEnd, end: lineEnd }, newText: `${lineBreak}${indent}output: unknown` }
    : { range: { start: end, end }, newText: ", output: unknown" };
  return { title: "Declare the payload with output:", edits: [edit] };
}

/** Whether an expression behind the node, or behind nodes that hand the message on, reads its payload. */
function isMadeUseOf(id: string, followers: ReadonlyMap<string, readonly CheckedNode[]>): boolean {
  const seen = new Set([id]);
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const { node, ports, file } of followers.get(next) ?? []) {
      if (seen.has(node.id)) continue;
      seen.add(node.id);
      if (file && /\bpayload\b/.test(ownText(file))) return true;
      if ([...ports.values()].some(({ isAny }) => isAny)) queue.push(node.id);
    }
  }
  return false;
}

/** What the author wrote of a node, without what is generated around it. */
function ownText({ text, slots }: VirtualText): string {
  const generated = text.toString();
  const origins = text.origins();
  let own = "";
  for (const { start, end } of slots)
    for (let at = start; at < end; at++) if (origins(at)) own += generated[at];
  return own;
}
