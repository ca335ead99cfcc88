import { NotificationType, RequestType } from "vscode-languageserver-protocol";
import type { Problem } from "../problem.ts";
import type { FieldAnswer, FieldQuestion } from "./field.ts";

/** What this server and its clients say to each other beyond LSP, declared once for both ends. */

/** The types of what passes a node's ports, as TypeScript text for people. */
export interface PortView {
  readonly payload: string;
  readonly topic: string;
  /** Nobody has declared what the payload is, or it cannot be told. */
  readonly isUnknown: boolean;
  /** No message can ever come by it. */
  readonly isNever: boolean;
}

/** What the server found in one version of a document: all that the canvas shows of it. */
export interface AnalysisMessage {
  readonly uri: string;
  readonly version: number;
  readonly problems: readonly Problem[];
  /** False where types have not been looked at yet. */
  readonly isComplete: boolean;
  /** By node, then by output port. */
  readonly ports: Readonly<Record<string, Readonly<Record<string, PortView>>>>;
}

/** Sent after each version that was checked. */
export const analysisNotification = new NotificationType<AnalysisMessage>("eddy/analysis");

/** The client asks: what is found in the newest version of a document. */
export const analysisRequest = new RequestType<{ readonly uri: string }, AnalysisMessage | null, void>(
  "eddy/analyse",
);

/** A form asks about the text of one of its fields, in the document or not. */
export const fieldRequest = new RequestType<
  { readonly uri: string; readonly question: FieldQuestion },
  FieldAnswer | null,
  void
>("eddy/field");

/** The server asks: the text of a file that is not open, or null where there is none. */
export const readFileRequest = new RequestType<{ readonly uri: string }, string | null, void>(
  "eddy/readFile",
);

/** The server asks: the URIs of all workflows of the workspace. */
export const listFlowsRequest = new RequestType<{ readonly limit: number }, readonly string[], void>(
  "eddy/listFlows",
);

/** What a client of its own tells the server when it starts it. */
export interface ServerOptions {
  /** The client answers `eddy/readFile` and `eddy/listFlows`: files are read through it, wherever they are. */
  readonly files?: boolean;
  /** The client has the commands `eddy.deploy`, `eddy.openCanvas` and so on, so that lenses may name them. */
  readonly commands?: boolean;
}
