/** The same as in package.json, which an agent on a device does not have. A test holds them together. */
export const agentVersion = "0.1.0";
