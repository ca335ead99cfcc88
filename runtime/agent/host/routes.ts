import { EddyError } from "../../../language/problem.ts";

/** A route of one workflow: `path` with `:name` segments. */
export interface Route<Target> {
  readonly workflow: string;
  readonly method: string;
  readonly path: string;
  readonly target: Target;
}

export type RouteMatch<Target> =
  | {
      readonly kind: "found";
      readonly route: Route<Target>;
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly kind: "method"; readonly allowed: readonly string[] }
  | { readonly kind: "none" };

/** Which workflow answers which path of one listener. */
export interface RouteTable<Target> {
  /** Throws `EDDY_ROUTE_TAKEN` where another route answers the same paths. */
  add(route: Route<Target>): void;
  remove(route: Route<Target>): void;
  match(method: string, path: string): RouteMatch<Target>;
  readonly isEmpty: boolean;
}

export function createRouteTable<Target>(): RouteTable<Target> {
  const routes: { readonly route: Route<Target>; readonly segments: readonly string[] }[] = [];
  return {
    add(route) {
      const segments = segmentsOf(route.path);
      const taken = routes.find(
        (other) => other.route.method === route.method && shape(other.segments) === shape(segments),
      );
      if (taken) {
        throw new EddyError(
          "EDDY_ROUTE_TAKEN",
          `${route.method} ${route.path} is answered by workflow "${taken.route.workflow}" (${taken.route.path}) already. Choose another path or another port.`,
          { details: { workflow: taken.route.workflow, method: route.method, path: route.path } },
        );
      }
      routes.push({ route, segments });
      // A written segment comes before one that is a parameter, whatever the order of registration.
      routes.sort((a, b) => compare(shape(a.segments), shape(b.segments)));
    },
    remove(route) {
      const index = routes.findIndex((entry) => entry.route === route);
      if (index >= 0) routes.splice(index, 1);
    },
    match(method, path) {
      const segments = segmentsOf(path);
      const allowed = new Set<string>();
      for (const { route, segments: pattern } of routes) {
        const params = paramsOf(pattern, segments);
        if (!params) continue;
        if (route.method === method) return { kind: "found", route, params };
        allowed.add(route.method);
      }
      return allowed.size > 0 ? { kind: "method", allowed: [...allowed].sort() } : { kind: "none" };
    },
    get isEmpty() {
      return routes.length === 0;
    },
  };
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** Routes of the same shape answer the same paths. `~` sorts after every character that a segment begins with. */
function shape(segments: readonly string[]): string {
  return segments.map((segment) => (segment.startsWith(":") ? "~" : segment)).join("/");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function paramsOf(pattern: readonly string[], segments: readonly string[]) {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (expected.startsWith(":")) params[expected.slice(1)] = decoded(segment);
    else if (expected !== segment && expected !== decoded(segment)) return undefined;
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
