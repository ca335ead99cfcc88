import type { Connection } from "vscode-languageserver";
import type { TypedWorkflow } from "../types/index.ts";
import type { Analysis } from "./analysis.ts";
import { diagnosticOf } from "./diagnostics.ts";
import type { Flows } from "./flows.ts";
import { type AnalysisMessage, analysisNotification, type PortView } from "./protocol.ts";

/** How long nobody types in a document before it is checked, milliseconds: less than what a person notices. */
const idle = 15;

/** Checks documents a moment after they were changed, and tells the client what is wrong. The newest version wins. */
export class Checks {
  readonly #connection: Connection;
  readonly #flows: Flows;
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(connection: Connection, flows: Flows) {
    this.#connection = connection;
    this.#flows = flows;
  }

  schedule(uri: string): void {
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.set(
      uri,
      setTimeout(() => {
        this.#waiting.delete(uri);
        this.#check(uri).catch((error: unknown) => this.#connection.console.error(String(error)));
      }, idle),
    );
  }

  close(uri: string): void {
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.delete(uri);
    void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  async #check(uri: string): Promise<void> {
    const analysis = await this.#flows.analyse(uri);
    // While it was read, a newer version may have come, which has a check of its own, or the document was closed.
    if (analysis === undefined || this.#waiting.has(uri) || !this.#flows.isOpen(uri)) return;
    if (!this.#flows.isWarm) {
      // The first types take seconds; what needs none is told before.
      this.#publish(analysis, {
        ...head(analysis),
        problems: analysis.problems,
        isComplete: false,
        ports: {},
      });
      await new Promise((resolve) => setTimeout(resolve));
    }
    this.#publish(analysis, analysisMessage(analysis, this.#flows));
  }

  #publish(analysis: Analysis, message: AnalysisMessage): void {
    const diagnostics = message.problems.map((problem) => diagnosticOf(analysis, problem));
    void this.#connection.sendDiagnostics({ ...head(analysis), diagnostics });
    void this.#connection.sendNotification(analysisNotification, message);
  }
}

function head({ uri, version }: Analysis): { readonly uri: string; readonly version: number } {
  return { uri, version };
}

/** What the canvas shows of a version. */
export function analysisMessage(analysis: Analysis, flows: Flows): AnalysisMessage {
  return {
    ...head(analysis),
    isComplete: true,
    problems: flows.problems(analysis),
    ports: portViews(flows.types(analysis)),
  };
}

function portViews({ ports }: TypedWorkflow): AnalysisMessage["ports"] {
  return Object.fromEntries(
    [...ports].map(([node, types]) => [
      node,
      Object.fromEntries(
        [...types].map(([port, { payload, topic, isUnknown, isNever }]): [string, PortView] => [
          port,
          { payload, topic, isUnknown, isNever },
        ]),
      ),
    ]),
  );
}
