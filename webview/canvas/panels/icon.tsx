/** A codicon; for the eye only, what it means stands beside it or in the label of its button. */
export function Icon({ name }: { readonly name: string }) {
  return <i className={`codicon codicon-${name}`} aria-hidden="true" />;
}
