/** A host that shows a key nobody here has seen yet. */
export interface HostQuestion {
  /** As in `known_hosts`: `[host]:port` where the port is not 22. */
  readonly host: string;
  readonly keyType: string;
  /** `SHA256:…`, to be compared with what `ssh-keygen -l` prints on the device. */
  readonly fingerprint: string;
}

/** A key file that is encrypted. */
export interface PassphraseQuestion {
  readonly keyFile: string;
  /** 1 for the first time it is asked. */
  readonly attempt: number;
}

/** A server that takes a password. `attempt` is 1 for the first time it is asked. */
export interface PasswordQuestion {
  readonly user: string;
  readonly host: string;
  readonly attempt: number;
}

/** Questions of the server itself (RFC 4256): a one-time code, a password, a new password. */
export interface ServerQuestion {
  readonly user: string;
  readonly host: string;
  readonly name: string;
  readonly instructions: string;
  /** `echo` false: what is typed must not be seen. */
  readonly prompts: readonly { readonly text: string; readonly echo: boolean }[];
}

/**
 * What a person at the desk is asked while a connection is made. What is left out counts as "no"; an answer of
 * `undefined` gives up. Answers are kept in memory for as long as the fleet is open, never on disk.
 */
export interface SshQuestions {
  readonly trustHost?: (question: HostQuestion) => Promise<boolean>;
  readonly passphrase?: (question: PassphraseQuestion) => Promise<string | undefined>;
  readonly password?: (question: PasswordQuestion) => Promise<string | undefined>;
  readonly answers?: (question: ServerQuestion) => Promise<readonly string[] | undefined>;
}
