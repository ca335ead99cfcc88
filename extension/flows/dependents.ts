/** Which workflows have read a file, so that they are compiled again when it is saved. */
export class Dependents {
  readonly #workflows = new Map<string, Set<string>>();

  /** A file that is not there counts too: it may come. */
  add(file: string, workflow: string): void {
    const known = this.#workflows.get(file);
    if (known) known.add(workflow);
    else this.#workflows.set(file, new Set([workflow]));
  }

  of(file: string): ReadonlySet<string> {
    return new Set(this.#workflows.get(file));
  }

  forget(workflow: string): void {
    for (const [file, workflows] of this.#workflows) {
      workflows.delete(workflow);
      if (workflows.size === 0) this.#workflows.delete(file);
    }
  }
}
