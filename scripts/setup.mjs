// Installs what is missing, and is done in a moment where nothing is. Without a name: everything that the tests use.
// Names: dependencies, servers (sshd, mosquitto), vscode, chromium, deno, arm.
import { bootstrap } from "./lib/bootstrap.mjs";
import { ensureArmNode, ensureChromium, ensureCodeServer, ensureDeno, ensureServers } from "./lib/tools.mjs";

await bootstrap(import.meta.url);

const parts = {
  dependencies: () => {},
  servers: ensureServers,
  chromium: ensureChromium,
  vscode: ensureCodeServer,
  deno: ensureDeno,
  arm: ensureArmNode,
};
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
for (const name of wanted) {
  const install = parts[name];
  if (!install) {
    console.error(`Unknown part "${name}". Known are: ${Object.keys(parts).join(", ")}`);
    process.exit(2);
  }
  try {
    install();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
console.log(`Ready: ${wanted.join(", ")}`);
