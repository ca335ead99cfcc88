import { connect } from "node:net";
import { EddyError } from "../../language/problem.ts";
import { agentSocketPath } from "../protocol/socket.ts";

/** Connects this process's input and output with the agent's socket, for `ssh device agent.mjs rpc`. */
export function bridge(home: string): Promise<void> {
  const socket = connect(agentSocketPath(home));
  return new Promise((resolve, reject) => {
    socket.once("connect", () => {
      process.stdin.pipe(socket);
      socket.pipe(process.stdout);
    });
    socket.once("error", (error) =>
      reject(
        new EddyError("EDDY_AGENT_STOPPED", `No agent answers in ${home}. Start it with "agent.mjs run".`, {
          cause: error,
        }),
      ),
    );
    socket.once("close", () => {
      // Input that nobody reads any more would keep the process alive.
      process.stdin.destroy();
      resolve();
    });
    process.stdout.on("error", () => socket.destroy());
  });
}
