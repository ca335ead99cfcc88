import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where the desk keeps its data: `EDDY_HOME`, else the folder that the platform has for an application's data
 * (the XDG base directories, macOS' Application Support, Windows' local application data).
 */
export function defaultHome(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  if (environment.EDDY_HOME) return environment.EDDY_HOME;
  const user = homedir();
  switch (platform) {
    case "win32":
      return join(environment.LOCALAPPDATA || join(user, "AppData", "Local"), "eddy");
    case "darwin":
      return join(user, "Library", "Application Support", "eddy");
    default:
      return join(environment.XDG_DATA_HOME || join(user, ".local", "share"), "eddy");
  }
}
