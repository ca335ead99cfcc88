import type { Host } from "./contract.ts";

/** The parameter of the function whose body an artifact's code is. */
declare const host: Host;

/** For emitted code alone: exists only inside of an artifact. */
export const artifactHost: Host = host;
