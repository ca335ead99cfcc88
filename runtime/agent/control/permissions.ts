/** What a process of its own is given of what its workflow has declared, as its platform can hold it to that. */

/** Node's permission model (nodejs.org/api/permissions.html), as far as this Node has it: that of 24 knows no network. */
export function nodePermissions(
  capabilities: readonly string[],
  knows = (flag: string) => process.allowedNodeEnvironmentFlags.has(flag),
): string[] {
  if (!knows("--permission")) return [];
  return [
    "--permission",
    // Modules, certificates, the time zone: what is read on the way is not to be foreseen.
    "--allow-fs-read=*",
    ...(capabilities.includes("network") && knows("--allow-net") ? ["--allow-net"] : []),
    ...(capabilities.includes("files") ? ["--allow-fs-write=*"] : []),
    ...(capabilities.includes("exec") ? ["--allow-child-process"] : []),
    ...(capabilities.includes("native") ? ["--allow-addons"] : []),
  ];
}

/**
 * How Deno is to run the agent's file as a process of its own (docs.deno.com/runtime/fundamentals/security). What Deno
 * itself needs it reads without asking, so files are held back for reading too. `own`: files that are the agent's.
 */
export function denoOptions(
  capabilities: readonly string[],
  heap: string,
  own: readonly string[] = [],
): string[] {
  // Native modules and their libraries are looked for all over the disk.
  const reads = capabilities.includes("files") || capabilities.includes("native");
  const paths = (isAll: boolean, flag: string) =>
    isAll ? [flag] : own.length > 0 ? [`${flag}=${own.join(",")}`] : [];
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    `--v8-flags=${heap}`,
    "--allow-env",
    "--allow-sys",
    ...paths(reads, "--allow-read"),
    ...paths(capabilities.includes("files"), "--allow-write"),
    ...(capabilities.includes("network") ? ["--allow-net"] : []),
    ...(capabilities.includes("exec") ? ["--allow-run"] : []),
    ...(capabilities.includes("native") ? ["--allow-ffi"] : []),
  ];
}
