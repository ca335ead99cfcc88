/** Whose artifacts and requests the device takes, as clients that it trusts already may change it. */
import { createHash, createPublicKey } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EddyError } from "../../../language/problem.ts";
import type { RequestParams, TrustedPublisher } from "../../protocol/contract.ts";
import { readPublishers } from "../identity.ts";
import { type Layout, readIfThere, syncFolder, writeWhole } from "../layout.ts";

export interface Trust {
  list(): TrustedPublisher[];
  /** Trusts a key, or gives one that is trusted another name. */
  add(publisher: RequestParams<"publisher/trust">): TrustedPublisher;
  /** `EDDY_LAST_PUBLISHER` where nobody would be left to deploy. */
  revoke(id: string): void;
}

/** Above the key in its file: PEM says nothing of what stands before it. */
const nameLine = /^Name: (.*)$/m;

export function openTrust(layout: Layout, onRevoked: () => void): Trust {
  const path = (id: string) => join(layout.publishers, `${id}.pub`);

  function list(): TrustedPublisher[] {
    return readPublishers(layout).map(({ id, key }) => {
      const name = nameLine.exec(readIfThere(path(id)) ?? "")?.[1];
      const publicKey = key.export({ type: "spki", format: "pem" }).toString();
      return { id, publicKey, ...(name === undefined ? {} : { name }) };
    });
  }

  return {
    list,
    add({ publicKey, name }) {
      const { id, pem } = readKey(publicKey);
      writeWhole(path(id), name === undefined ? pem : `Name: ${name}\n${pem}`);
      return { id, publicKey: pem, ...(name === undefined ? {} : { name }) };
    },
    revoke(id) {
      const known = list();
      if (!known.some((one) => one.id === id))
        throw new EddyError(
          "EDDY_UNKNOWN_PUBLISHER",
          `This device trusts no key ${id.slice(0, 16)}…. "eddy device trust DEVICE --list" shows those that it trusts.`,
        );
      if (known.length === 1)
        throw new EddyError(
          "EDDY_LAST_PUBLISHER",
          "It is the only key that this device trusts; without it nobody could deploy there. Trust another one first.",
        );
      // A key may have been put there under another name than its own, by hand.
      for (const file of readdirSync(layout.publishers))
        if (keyOf(join(layout.publishers, file)) === id) rmSync(join(layout.publishers, file));
      syncFolder(layout.publishers);
      onRevoked();
    },
  };
}

function keyOf(file: string): string | undefined {
  try {
    return readKey(readIfThere(file) ?? "").id;
  } catch {
    return undefined;
  }
}

function readKey(text: string): { readonly id: string; readonly pem: string } {
  try {
    // A private key would do, too; whoever sends one has mixed up two files, and it is not to lie here.
    if (text.includes("PRIVATE")) throw new Error("It is a private key.");
    const key = createPublicKey(text);
    if (key.asymmetricKeyType === "ed25519") {
      const id = createHash("sha256")
        .update(key.export({ type: "spki", format: "der" }))
        .digest("hex");
      return { id, pem: key.export({ type: "spki", format: "pem" }).toString() };
    }
  } catch {
    // Told below, together with a key of another kind.
  }
  throw new EddyError(
    "EDDY_BAD_PUBLIC_KEY",
    'This is no public Ed25519 key in PEM. "eddy key show" prints the one of a desk.',
  );
}
