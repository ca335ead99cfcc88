/** The name of a property as TypeScript writes it. */
export function propertyName(name: string): string {
  // `__proto__: x` in a literal sets the prototype, in brackets it is a name like any other.
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
