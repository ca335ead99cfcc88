import { readFile } from "node:fs/promises";
import ssh2, {
  BaseAgent,
  createAgent,
  type KnownPublicKeys,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from "ssh2";
import { errorCode, readIfThere } from "../files.ts";
import type { SshTarget } from "./config.ts";
import type { SshQuestions } from "./questions.ts";

// Not among the names that an ES module finds in this CommonJS package.
const { utils } = ssh2;

/** Passphrases and passwords that were right, for as long as the fleet is open. Never on disk. */
export interface SshMemory {
  readonly passphrases: Map<string, string>;
  /** By `user@host:port`. */
  readonly passwords: Map<string, string>;
}

const attempts = 3;

/** A key that can be shown to a server, and signed with once the server takes it. */
interface Offer {
  readonly key: ParsedKey;
  /** What a person knows it by. */
  readonly from: string;
  sign(data: Buffer, hash: SigningRequestOptions["hash"]): Promise<Buffer>;
}

/**
 * All keys that may open this host, in the order in which `ssh` shows them. The server sees the public half first, so a
 * passphrase is asked for only once it says that it takes that key.
 */
export class KeyRing extends BaseAgent<ParsedKey> {
  readonly #offers: readonly Offer[];
  /** Keys that could not be used, and why; part of the message when nothing opens the host. */
  readonly skipped: readonly string[];

  private constructor(offers: readonly Offer[], skipped: readonly string[]) {
    super();
    this.#offers = offers;
    this.skipped = skipped;
  }

  static async open(
    target: Pick<SshTarget, "agent" | "identityFiles" | "identitiesOnly">,
    ask: SshQuestions["passphrase"],
    memory: SshMemory,
  ): Promise<KeyRing> {
    const fromAgent = await agentOffers(target.agent);
    const skipped = typeof fromAgent === "string" ? [fromAgent] : [];
    const agent = typeof fromAgent === "string" ? [] : fromAgent;
    const files: Offer[] = [];
    for (const path of target.identityFiles) {
      const offer = await fileOffer(path, ask, memory.passphrases);
      if (typeof offer === "string") skipped.push(offer);
      // The agent holds it unlocked already.
      else if (offer) files.push(agent.find((other) => isSame(other, offer)) ?? offer);
    }
    const rest = target.identitiesOnly
      ? []
      : agent.filter((offer) => !files.some((file) => isSame(file, offer)));
    return new KeyRing([...files, ...rest], skipped);
  }

  get names(): readonly string[] {
    return this.#offers.map(({ from }) => from);
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(
      undefined,
      this.#offers.map(({ key }) => key),
    );
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions, callback?: SignCallback): void;
  override sign(key: ParsedKey, data: Buffer, callback: SignCallback): void;
  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const done = typeof options === "function" ? options : callback;
    const hash = typeof options === "function" ? undefined : options.hash;
    const offer = this.#offers.find((one) => one.key.getPublicSSH().equals(key.getPublicSSH()));
    const signed = offer?.sign(data, hash) ?? Promise.reject(new Error("This key was not offered."));
    signed.then(
      (signature) => done?.(undefined, signature),
      (error: unknown) => done?.(error instanceof Error ? error : new Error(String(error))),
    );
  }
}

function isSame(one: Offer, other: Offer): boolean {
  return one.key.getPublicSSH().equals(other.key.getPublicSSH());
}

/** Milliseconds that an ssh agent may take to list its keys. */
const agentPatience = 3000;

async function agentOffers(socket: string | undefined): Promise<readonly Offer[] | string> {
  if (socket === undefined) return [];
  const agent = createAgent(socket);
  const listed = await new Promise<KnownPublicKeys<ParsedKey | Buffer | string> | Error>((resolve) => {
    const timeout = setTimeout(() => resolve(new Error("it does not answer")), agentPatience);
    agent.getIdentities((error, keys) => {
      clearTimeout(timeout);
      resolve(error ?? keys ?? []);
    });
  });
  if (listed instanceof Error) return `the ssh agent was not asked (${listed.message})`;
  return listed.flatMap((listedKey) => {
    if (typeof listedKey === "object" && "pubKey" in listedKey) return [];
    const key = utils.parseKey(listedKey);
    if (key instanceof Error) return [];
    const sign: Offer["sign"] = (data, hash) =>
      new Promise((resolve, reject) => {
        agent.sign(listedKey, data, hash === undefined ? {} : { hash }, (error, signature) =>
          signature ? resolve(signature) : reject(error ?? new Error("The ssh agent refused to sign.")),
        );
      });
    return [{ key, from: `${key.comment || key.type} (ssh agent)`, sign }];
  });
}

async function fileOffer(
  path: string,
  ask: SshQuestions["passphrase"],
  known: Map<string, string>,
): Promise<Offer | string | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    return `${path} cannot be read`;
  }
  // An older format hides the public half too, so its passphrase comes first.
  const key =
    publicHalf(text) ??
    publicHalf((await readIfThere(`${path}.pub`)) ?? "") ??
    (await unlock(path, text, ask, known));
  if (!key) return `${path} is no private key, or was not unlocked`;
  return {
    key,
    from: path,
    async sign(data, hash) {
      const unlocked = await unlock(path, text, ask, known);
      if (!unlocked) throw new Error(`${path} was not unlocked`);
      const signature: Buffer | Error = unlocked.sign(data, hash);
      if (signature instanceof Error) throw signature;
      return signature;
    },
  };
}

/** The private key, unlocked with a passphrase that is known or asked for. */
async function unlock(
  path: string,
  text: string,
  ask: SshQuestions["passphrase"],
  known: Map<string, string>,
): Promise<ParsedKey | undefined> {
  const open = parsePrivate(text, known.get(path));
  if (open !== "locked") return open;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const passphrase = await ask?.({ keyFile: path, attempt });
    if (passphrase === undefined) return undefined;
    const key = parsePrivate(text, passphrase);
    if (key === "locked") continue;
    if (key) known.set(path, passphrase);
    return key;
  }
  return undefined;
}

function parsePrivate(text: string, passphrase: string | undefined): ParsedKey | "locked" | undefined {
  const key = utils.parseKey(text, passphrase);
  if (key instanceof Error)
    return /encrypted|passphrase|decrypt|integrity/i.test(key.message) ? "locked" : undefined;
  return key.isPrivateKey() ? key : undefined;
}

function publicHalf(text: string): ParsedKey | undefined {
  const open = utils.parseKey(text);
  if (!(open instanceof Error)) return open;
  const wire = publicOfOpenSsh(text);
  const key = wire === undefined ? undefined : utils.parseKey(wire);
  return key === undefined || key instanceof Error ? undefined : key;
}

/**
 * The public key that stands unencrypted in OpenSSH's own private key format (PROTOCOL.key): a magic string, cipher,
 * key derivation and its options, the number of keys, and then the public key.
 */
function publicOfOpenSsh(text: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.toString("latin1", 0, magic.length) !== magic) return undefined;
  let offset = magic.length;
  const next = () => {
    const length = bytes.readUInt32BE(offset);
    const part = bytes.subarray(offset + 4, offset + 4 + length);
    offset += 4 + length;
    return part;
  };
  try {
    for (let field = 0; field < 3; field++) next();
    offset += 4;
    return next();
  } catch {
    return undefined;
  }
}
