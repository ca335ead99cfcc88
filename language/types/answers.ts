import type { TypeScriptModule } from "../own-node.ts";
import type { LastCheck } from "./checker.ts";
import type {
  CompletionDetails,
  CompletionItem,
  HoverInformation,
  SignatureHelp,
  TypeLocation,
} from "./contract.ts";
import type { GeneratedFiles } from "./program.ts";
import type { SnippetReader } from "./snippets.ts";

/** Answers about places in workflows that have been checked. */
export class Answers {
  constructor(_ts: TypeScriptModule, _files: GeneratedFiles, _snippets: SnippetReader) {}

  complete(_last: LastCheck | undefined, _offset: number): readonly CompletionItem[] | undefined {
    return undefined;
  }

  completionDetails(
    _last: LastCheck | undefined,
    _offset: number,
    _label: string,
  ): CompletionDetails | undefined {
    return undefined;
  }

  hover(_last: LastCheck | undefined, _offset: number): HoverInformation | undefined {
    return undefined;
  }

  signatureHelp(_last: LastCheck | undefined, _offset: number): SignatureHelp | undefined {
    return undefined;
  }

  definition(_last: LastCheck | undefined, _offset: number): readonly TypeLocation[] {
    return [];
  }

  references(_last: LastCheck | undefined, _offset: number): readonly TypeLocation[] {
    return [];
  }
}
