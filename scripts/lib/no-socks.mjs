/** In the place of mqtt's SOCKS client in the agent: no setting of Eddy names such a proxy, and it is a tenth of the whole. */
export const SocksClient = {
  createConnection: () => Promise.reject(new Error("The agent goes to brokers without a SOCKS proxy.")),
};
