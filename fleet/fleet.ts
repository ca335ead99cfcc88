import { existsSync } from "node:fs";
import { join } from "node:path";
import { EddyError } from "../language/problem.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import { type BrokerSettings, readBrokerUrl } from "../runtime/protocol/mqtt/broker.ts";
import { isBrokerAddress, keptBroker, parseBrokerAddress, readBroker } from "./brokers.ts";
import type {
  AddOptions,
  ConnectOptions,
  Fleet,
  KeyRotation,
  RemoveOptions,
  ReplaceOptions,
} from "./contract.ts";
import { deployArtifact } from "./deploy.ts";
import { forgetDeployed, keepDeployed } from "./deployed.ts";
import { type Device, openDeviceStore, thisComputer } from "./devices.ts";
import { diagnose } from "./doctor/diagnose.ts";
import { agentVersion, findAgentDirectory, readAgentFiles } from "./install/agent-files.ts";
import { install, prepareInstall, uninstall } from "./install/install.ts";
import { type NodeBinaries, npmNodeBinaries } from "./install/node-binary.ts";
import { KeyTeller } from "./key-teller.ts";
import { exportKey, importKey } from "./keys.ts";
import { DeviceLink, type LinkTime, systemTime } from "./link.ts";
import { openPublisher, type Publisher } from "./publisher.ts";
import { replaceDevice } from "./replace.ts";
import { openRotation, type Rotation } from "./rotation.ts";
import { formatSshAddress, parseSshAddress } from "./ssh/address.ts";
import { runScript } from "./ssh/commands.ts";
import { type SshConfigSource, systemSshConfig } from "./ssh/config.ts";
import { connectSsh, type SshConnection } from "./ssh/connection.ts";
import type { SshMemory } from "./ssh/identities.ts";
import { EitherTransport } from "./transports/either.ts";
import { LocalTransport } from "./transports/local.ts";
import { MqttTransport } from "./transports/mqtt.ts";
import { openInstalled, SshTransport } from "./transports/ssh.ts";
import type { DeviceTransport, OpenOptions } from "./transports/transport.ts";

/** Where a desk keeps its data, and what it works with. Only the folder has to be said. */
export interface FleetOptions {
  /** The folder of the desk's data; `defaultHome` says where it is by convention. */
  readonly home: string;
  /** The built agent: `agent.mjs` and what it starts. Default: beside this program, or in `dist/` of its checkout. */
  readonly agentDirectory?: string;
  /** What runs the agent on this computer. Default: the running program, which under Electron is told to be Node. */
  readonly program?: string;
  /** Node for devices that have none. Default: the npm packages of Node, kept in `home`. */
  readonly nodeBinaries?: NodeBinaries;
  /** Default: where `ssh` looks. */
  readonly sshConfig?: SshConfigSource;
  readonly time?: LinkTime;
}

/** Opens a desk. Nothing is read, connected or started before it is needed. */
export function openFleet(options: FleetOptions): Fleet {
  return new Desk(options);
}

class Desk implements Fleet {
  readonly home: string;
  readonly #options: FleetOptions;
  readonly #time: LinkTime;
  readonly #store: ReturnType<typeof openDeviceStore>;
  readonly #nodeBinaries: NodeBinaries;
  readonly #ssh: { readonly config: SshConfigSource; readonly memory: SshMemory };
  readonly #links = new Map<string, DeviceLink>();
  readonly #listeners = new Set<(id: string) => void>();
  readonly #rotation: Rotation;
  readonly #teller: KeyTeller;

  constructor(options: FleetOptions) {
    this.home = options.home;
    this.#options = options;
    this.#time = options.time ?? systemTime;
    this.#store = openDeviceStore(options.home);
    this.#rotation = openRotation(options.home, this.#store, this.#time.now);
    this.#teller = new KeyTeller({
      rotation: this.#rotation,
      connect: (device, connecting) => this.#connectTo(device, connecting),
      letGo: (device) => this.#link(device).letGo(),
    });
    this.#nodeBinaries = options.nodeBinaries ?? npmNodeBinaries(join(options.home, "cache"));
    this.#ssh = {
      config: options.sshConfig ?? systemSshConfig(process.env),
      memory: { passphrases: new Map(), passwords: new Map() },
    };
  }

  list() {
    return this.#store.list();
  }

  find(nameOrId: string) {
    return this.#store.find(nameOrId);
  }

  state(id: string) {
    return this.#links.get(id)?.state ?? ({ kind: "idle" } as const);
  }

  onDidChange(listener: (id: string) => void) {
    const hear = (id: string) => listener(id);
    this.#listeners.add(hear);
    return { dispose: () => void this.#listeners.delete(hear) };
  }

  async add(url: string, options: AddOptions = {}): Promise<Device> {
    if (url === thisComputer.url || url === "localhost") return this.#addThisComputer(options);
    if (isBrokerAddress(url)) return this.#addAtBroker(url, options);
    if (/^(?!ssh:)[a-z][a-z0-9+.-]*:\/\//i.test(url))
      throw new EddyError(
        "EDDY_BAD_ADDRESS",
        `"${url}" is not supported. Use local, ssh://user@host[:port] or mqtts://broker/device-id.`,
      );
    const address = parseSshAddress(url);
    const { questions = {}, signal, progress } = options;
    progress?.({ step: "connect", message: `connecting to ${address.host}` });
    const connection = await connectSsh(address, { ...this.#ssh, questions }, signal);
    try {
      return await this.#install(connection, formatSshAddress(address), options);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async rename(id: string, name: string): Promise<Device> {
    const device = { ...(await this.find(id)), name };
    await this.#store.save(device);
    this.#changed(device.id);
    return device;
  }

  async remove(id: string, { mode = "uninstall", questions = {}, progress, signal }: RemoveOptions = {}) {
    const device = await this.find(id);
    const link = this.#link(device);
    link.expectEnd();
    try {
      if (mode === "uninstall") {
        progress?.({ step: "uninstall", message: `taking the agent off ${device.name}` });
        await this.#uninstall(device, link, { questions, signal });
      }
    } finally {
      link.letGo();
    }
    this.#links.delete(device.id);
    await this.#store.delete(device.id);
    await Promise.all([this.#rotation.done(device.id), forgetDeployed(this.home, device.id)]);
    this.#changed(device.id);
  }

  async connect(id: string, options: ConnectOptions = {}): Promise<AgentClient> {
    const device = await this.find(id);
    await this.#connectTo(device, options);
    // Who cannot be told (an older agent) is still connected to; a deploy says what is wrong.
    await this.#teller.tell(device, options).catch(() => options.signal?.throwIfAborted());
    return this.#connectTo(device, options);
  }

  async #connectTo(device: Device, options: ConnectOptions): Promise<AgentClient> {
    const link = this.#link(device);
    const client = await link.connect(options);
    const { state } = link;
    if (
      state.kind === "connected" &&
      device.publicKey !== undefined &&
      state.info.publicKey !== device.publicKey
    ) {
      link.letGo();
      throw new EddyError(
        "EDDY_DEVICE_CHANGED",
        `Another agent than before answers at ${device.url}: it has another key. If the device was set up anew, remove it here and add it again.`,
        { details: { expected: device.id, found: state.info.id } },
      );
    }
    return client;
  }

  async setBroker(id: string, broker: BrokerSettings | undefined, options: ConnectOptions = {}) {
    const device = await this.find(id);
    const client = await this.connect(device.id, options);
    const { broker: _before, ...rest } = device;
    if (!broker) {
      await client.request("broker/set", { broker: null }, options.signal);
      await this.#replace(rest);
      return rest;
    }
    readBrokerUrl(broker);
    await client.request("broker/set", { broker }, options.signal);
    // By now it is known who it is, which a device that was never connected to did not have to tell.
    const { id: agent, publicKey } = await client.request("agent/info", {}, options.signal);
    const next = { ...rest, publicKey, broker: keptBroker(broker, device.id, await this.#ownPublisher()) };
    const met = await this.#brokerTransport({ ...next, id: agent }).open({
      questions: {},
      wake: false,
      ...options,
    });
    met.client.close();
    await this.#replace(next);
    return next;
  }

  disconnect(id: string): void {
    this.#links.get(id)?.letGo();
  }

  async stopAgent(id: string): Promise<void> {
    const device = await this.find(id);
    const client = await this.connect(device.id);
    const link = this.#link(device);
    link.expectEnd();
    try {
      await client.request("agent/shutdown", {}).catch((error: unknown) => {
        if (!(error instanceof EddyError) || error.code !== "EDDY_CONNECTION_LOST") throw error;
      });
      // It has let go of its folder by then, so that the next one may start.
      await client.closed;
    } finally {
      link.letGo();
    }
  }

  async deploy(nameOrId: string, artifact: Uint8Array, options: Parameters<Fleet["deploy"]>[2] = {}) {
    const { questions, signal } = options;
    const { id } = await this.find(nameOrId);
    const connect = () =>
      this.connect(id, { ...(questions ? { questions } : {}), ...(signal ? { signal } : {}) });
    const context = { publisher: await this.#ownPublisher(), connect, now: this.#time.now };
    const result = await deployArtifact(artifact, context, options);
    // A deploy is done without it, too: it is for the day on which the device is dead.
    await keepDeployed(this.home, id, result.status.id, artifact, connect).catch(() =>
      signal?.throwIfAborted(),
    );
    return result;
  }

  async shell(
    id: string,
    terminal: Parameters<Fleet["shell"]>[1],
    { questions = {}, signal }: ConnectOptions = {},
  ) {
    return this.#link(await this.find(id)).transport.shell(terminal, { questions, wake: false, signal });
  }

  async publisher() {
    const { id, publicKey } = await this.#ownPublisher();
    return { id, publicKey };
  }

  replace(old: string, spare: string, options: ReplaceOptions) {
    return replaceDevice(this, old, spare, options);
  }

  async diagnose(id: string, { questions = {}, signal }: ConnectOptions = {}) {
    const device = await this.find(id);
    const { transport } = this.#link(device);
    const { broker } = device;
    return diagnose({
      device,
      transport: transport instanceof EitherTransport ? transport.direct : transport,
      broker: broker && transport instanceof EitherTransport ? this.#brokerTransport(device) : undefined,
      publisher: await this.#rotation.publisherFor(id),
      agentVersion: await agentVersion(() => this.#agentDirectory),
      now: this.#time.now,
      questions,
      signal,
    });
  }

  async exportKey(passphrase: string | undefined) {
    return exportKey((await this.#ownPublisher()).privateKey, passphrase);
  }

  importKey(pem: string, options: Parameters<Fleet["importKey"]>[1] = {}) {
    return importKey(this.home, pem, options, { store: this.#store, reopen: () => this.#ownPublisher() });
  }

  async rotateKey(options: ConnectOptions = {}): Promise<KeyRotation> {
    const hasLocal = existsSync(join(this.home, "local", "keys"));
    const devices = (await this.list()).filter(({ url }) => url !== thisComputer.url || hasLocal);
    const told = await this.#teller.rotate(devices, options);
    return { id: (await this.#ownPublisher()).id, devices: told };
  }

  async dispose(): Promise<void> {
    for (const link of this.#links.values()) link.letGo();
    this.#links.clear();
    this.#listeners.clear();
  }

  async #uninstall(
    device: Device,
    link: DeviceLink,
    { questions, signal }: Pick<OpenOptions, "questions" | "signal">,
  ): Promise<void> {
    const transport = link.transport instanceof EitherTransport ? link.transport.direct : link.transport;
    if (transport instanceof LocalTransport) await transport.erase();
    if (transport instanceof MqttTransport)
      throw new EddyError(
        "EDDY_NO_SHELL",
        `${device.name} is known by its broker only, from where nothing is uninstalled. Use --forget, or remove it from a desk that reaches it by ssh.`,
      );
    if (!(transport instanceof SshTransport)) return;
    const connection = await transport.connection({ questions, signal });
    await uninstall(connection, placeOf(device).agentHome, signal);
  }

  async #addThisComputer({ name, progress, signal }: AddOptions): Promise<Device> {
    progress?.({ step: "start", message: "starting the agent on this computer" });
    const known = await this.find(thisComputer.id);
    await this.connect(thisComputer.id, signal ? { signal } : {});
    return name === undefined || name === known.name ? known : this.rename(thisComputer.id, name);
  }

  async #addAtBroker(address: string, { name, broker, progress, signal }: AddOptions): Promise<Device> {
    const { url, device: id } = parseBrokerAddress(address);
    const settings = { ...broker, url };
    readBrokerUrl(settings);
    progress?.({ step: "connect", message: `looking for the device at ${url}` });
    const known = (await this.list()).find((device) => device.id === id);
    const kept = keptBroker(settings, id, await this.#ownPublisher());
    const found: Device = known ? { ...known, broker: kept } : { id, name: id, url: address, broker: kept };
    const { client, info } = await this.#brokerTransport(found).open({ questions: {}, wake: false, signal });
    client.close();
    const device = { ...found, name: name ?? known?.name ?? info.name, publicKey: info.publicKey };
    await this.#replace(device);
    return device;
  }

  /** Keeps what is known of a device now; its connection is made anew when it is next needed. */
  async #replace(device: Device): Promise<void> {
    await this.#store.save(device);
    this.#links.get(device.id)?.letGo();
    this.#links.delete(device.id);
    this.#changed(device.id);
  }

  async #install(connection: SshConnection, url: string, options: AddOptions): Promise<Device> {
    const { agentHome, node, progress, signal, confirm } = options;
    const resources = {
      agent: await readAgentFiles(this.#agentDirectory),
      nodeBinaries: this.#nodeBinaries,
      publisher: await this.#ownPublisher(),
    };
    progress?.({ step: "probe", message: "looking at the device" });
    const before = (await this.list()).find((device) => device.url === url);
    const threads = options.threads ?? before?.threads;
    const prepared = await prepareInstall(connection, resources, { agentHome, node, threads, signal });
    const { plan } = prepared;
    if (confirm && !(await confirm(plan)))
      throw new EddyError("EDDY_DECLINED", "Nothing was changed on the device.");
    await install(connection, prepared, resources, { ...(progress ? { progress } : {}), signal });
    const { client, info } = await openInstalled(connection, plan, signal);
    client.close();
    const name = options.name ?? (await this.#nameFor(info.id, connection));
    const runtime = {
      kind: plan.runtime.kind === "deno" ? "deno" : "node",
      path: plan.runtime.path,
    } as const;
    const device: Device = {
      id: info.id,
      name,
      url,
      agentHome: plan.agentHome,
      runtime,
      ...(threads ? { threads } : {}),
      publicKey: info.publicKey,
    };
    await this.#store.save(device);
    this.#links.get(device.id)?.letGo();
    this.#links.set(device.id, this.#newLink(device, connection));
    this.#changed(device.id);
    return device;
  }

  /** The name that it had, or its own host name, made unique. */
  async #nameFor(id: string, connection: SshConnection): Promise<string> {
    const devices = await this.list();
    const known = devices.find((device) => device.id === id);
    if (known) return known.name;
    const { stdout } = await runScript(connection, "uname -n");
    const base = stdout.trim().slice(0, 60) || connection.target.alias;
    const isTaken = (name: string) => devices.some((device) => device.name === name);
    if (!isTaken(base)) return base;
    for (let number = 2; ; number++) if (!isTaken(`${base}-${number}`)) return `${base}-${number}`;
  }

  #link(device: Device): DeviceLink {
    const known = this.#links.get(device.id);
    if (known) return known;
    const link = this.#newLink(device);
    this.#links.set(device.id, link);
    return link;
  }

  #newLink(device: Device, connection?: SshConnection): DeviceLink {
    return new DeviceLink(this.#transport(device, connection), this.#time, () => this.#changed(device.id));
  }

  #transport(device: Device, connection?: SshConnection): DeviceTransport {
    // Read anew for each connection: a change of keys seals the login anew.
    const atBroker = () => this.#brokerTransport(device, () => this.find(device.id));
    if (isBrokerAddress(device.url)) return atBroker();
    const direct =
      device.url === thisComputer.url
        ? new LocalTransport({
            agentHome: join(this.home, "local"),
            agentDirectory: this.#agentDirectory,
            program: this.#options.program ?? process.execPath,
            publisher: () => this.#ownPublisher(),
          })
        : new SshTransport(device.url, placeOf(device), this.#ssh, connection);
    return device.broker ? new EitherTransport(atBroker(), direct) : direct;
  }

  #brokerTransport(device: Device, read = async () => device): MqttTransport {
    return new MqttTransport({
      device: device.id,
      broker: async () => readBroker(await read(), await this.#ownPublisher()),
      publisher: () => this.#rotation.publisherFor(device.id),
    });
  }

  get #agentDirectory(): string {
    return this.#options.agentDirectory ?? findAgentDirectory();
  }

  #ownPublisher(): Promise<Publisher> {
    // Read anew each time: another program of this desk may have changed it.
    return openPublisher(this.home, this.#time.now);
  }

  #changed(id: string): void {
    for (const hear of [...this.#listeners]) hear(id);
  }
}

function placeOf({ name, agentHome, runtime }: Device) {
  if (agentHome !== undefined && runtime !== undefined) return { agentHome, runtime };
  throw new EddyError(
    "EDDY_DEVICES_UNREADABLE",
    `It is not written down where the agent of ${name} is. Remove the device and add it again.`,
  );
}
