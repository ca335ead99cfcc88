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
 * itself needs it reads without asking, so reading is held back too.
 */
export function denoOptions(capabilities: readonly string[], heap: string): string[] {
  const flags = (capability: string, ...allowed: readonly string[]) =>
    capabilities.includes(capability) ? allowed : [];
  return [
    ...["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", `--v8-flags=${heap}`],
    // Libraries look into the environment and at the machine wherever they run; Node holds back neither.
    ...["--allow-env", "--allow-sys"],
    ...flags("files", "--allow-read", "--allow-write"),
    ...flags("network", "--allow-net"),
    ...flags("exec", "--allow-run"),
    ...flags("native", "--allow-ffi"),
  ];
}
