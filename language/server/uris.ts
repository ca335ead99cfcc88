/** The path in a URI, as `language/` takes paths: with slashes, not encoded. */
export function pathOf(uri: string): string {
  const path = uri.slice(placeOf(uri).length).replace(/[?#].*$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The URI of another file in the same place: scheme and authority stay. */
export function withPath(uri: string, path: string): string {
  return placeOf(uri) + path.split("/").map(encodeURIComponent).join("/");
}

/** One text for each file, however a client encodes its URI. */
export function canonicalUri(uri: string): string {
  return withPath(uri, pathOf(uri));
}

/** Scheme and authority. */
function placeOf(uri: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/[^/?#]*)?/.exec(uri)?.[0] ?? "";
}
