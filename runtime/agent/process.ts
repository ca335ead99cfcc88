import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { EddyError } from "../../language/problem.ts";
import { largestRequest, streamTransports } from "../protocol/connection.ts";
import { agentSocketPath } from "../protocol/socket.ts";
import { type Agent, type AgentOptions, createAgent } from "./agent.ts";
import { errorCode } from "./layout.ts";

/** Milliseconds that an end may take beyond what workflows are given. */
const patience = 15_000;

/** Runs an agent with its socket until it is told to end. Resolves with the exit code. */
export async function runAgent(options: Omit<AgentOptions, "onShutdown">): Promise<number> {
  // Workflows in this thread are kept from it: see worker-inline.ts.
  const exit = process.exit.bind(process);
  const ending = Promise.withResolvers<void>();
  const agent = createAgent({ ...options, onShutdown: ending.resolve });
  let server: Server;
  try {
    server = await listen(agent, agentSocketPath(options.home));
  } catch (error) {
    await agent.close();
    throw error;
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => ending.resolve());
  await ending.promise;
  // A workflow that does not come to an end must not keep the device from restarting.
  setTimeout(() => exit(1), patience).unref();
  server.close();
  await agent.close();
  return 0;
}

/** For this user alone. A socket that an agent has left behind when it was killed is taken over: the folder is locked. */
export function listen(agent: Agent, path: string): Promise<Server> {
  if (process.platform !== "win32") rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => {
      // Told by "close", to whoever reads from it.
    });
    agent.serve(streamTransports(socket, socket, { largestMessage: largestRequest }));
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(explained(error, path)));
    server.listen(path, () => {
      if (process.platform !== "win32") chmodSync(path, 0o600);
      resolve(server);
    });
  });
}

function explained(error: Error, path: string): unknown {
  const code = errorCode(error);
  if (code === "EINVAL" || code === "ENAMETOOLONG") {
    return new EddyError(
      "EDDY_SOCKET_PATH",
      `${path} is too long for a socket. Choose a shorter folder with --home.`,
      { cause: error },
    );
  }
  return error;
}
