import type { Secret } from "./contract.ts";

/** The text itself. Only for what goes to the outside world: a broker, a request, a process. */
export function reveal(value: string | Secret): string {
  return isSecret(value) ? value.reveal() : value;
}

/** True for a secret and for a text with one in it. */
export function isSecret(value: unknown): value is Secret {
  return (
    typeof value === "object" && value !== null && "reveal" in value && typeof value.reveal === "function"
  );
}

/** The tag of templates that may hold secrets: a text, or a Secret where one of the values is one. */
export function secretText(texts: TemplateStringsArray, ...values: readonly unknown[]): string | Secret {
  const secrets = values.filter(isSecret);
  const join = (show: (value: unknown) => string) =>
    texts.map((text, at) => (at < values.length ? text + show(values[at]) : text)).join("");
  if (secrets.length === 0) return join(String);
  const hidden = "[secret]";
  return {
    name: secrets.map(({ name }) => name).join("+"),
    reveal: () => join((value) => (isSecret(value) ? value.reveal() : String(value))),
    toString: () => hidden,
    toJSON: () => hidden,
  };
}
