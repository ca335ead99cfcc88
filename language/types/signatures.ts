import type TypeScript from "typescript";
import type { NodeSignature } from "../catalog.ts";
import type { TypeScriptModule } from "../own-node.ts";

/** What a call of a node type's function has to look like. */
export interface SignatureShape {
  /** Of the function. */
  readonly name: string;
  /** Whether messages come in by a first parameter. */
  readonly hasFrom: boolean;
  readonly params: ReadonlyMap<string, SignatureParam>;
}

export interface SignatureParam {
  readonly isOptional: boolean;
  /** The param's expressions decide where a message leaves. */
  readonly isCase: boolean;
}

/** The shape of a signature; undefined where its text is no function that takes params. */
export function readSignature(ts: TypeScriptModule, { text }: NodeSignature): SignatureShape | undefined {
  const file = ts.createSourceFile("signature.ts", text, ts.ScriptTarget.ES2024, true);
  const declared = file.statements.find(ts.isFunctionDeclaration);
  const params = declared?.parameters.at(-1)?.type;
  if (!declared?.name || !params || !ts.isTypeLiteralNode(params)) return undefined;
  const cases = new Set(
    declared.typeParameters
      ?.filter(({ constraint }) => isNamed(ts, constraint, "Case"))
      .map(({ name }) => name.text),
  );
  return {
    name: declared.name.text,
    hasFrom: declared.parameters.length > 1,
    params: new Map(
      params.members.flatMap((member): readonly (readonly [string, SignatureParam])[] => {
        if (
          !ts.isPropertySignature(member) ||
          !(ts.isIdentifier(member.name) || ts.isStringLiteral(member.name))
        )
          return [];
        const { type, questionToken, name } = member;
        const isCase = type !== undefined && ts.isFunctionTypeNode(type) && nameOf(ts, type.type, cases);
        return [[name.text, { isOptional: questionToken !== undefined, isCase }]];
      }),
    ),
  };
}

function isNamed(ts: TypeScriptModule, type: TypeScript.TypeNode | undefined, name: string): boolean {
  return type !== undefined && nameOf(ts, type, new Set([name]));
}

function nameOf(ts: TypeScriptModule, type: TypeScript.TypeNode, names: ReadonlySet<string>): boolean {
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && names.has(type.typeName.text);
}
