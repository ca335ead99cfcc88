import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "./processes.ts";

/** A certificate authority: `NAME.pem` and `NAME.key` in the folder. */
export async function authority(folder: string, name: string): Promise<void> {
  const key = join(folder, `${name}.key`);
  const out = join(folder, `${name}.pem`);
  const subject = ["-subj", `/CN=${name} of a test`, "-days", "2"];
  await runProgram("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ed25519",
    "-nodes",
    "-keyout",
    key,
    "-out",
    out,
    ...subject,
  ]);
}

/** For a client, or a server at 127.0.0.1, signed by an authority in the folder. */
export async function certificate(folder: string, name: string, by: string): Promise<void> {
  const path = (file: string) => join(folder, file);
  const request = [
    "-newkey",
    "ed25519",
    "-nodes",
    "-keyout",
    path(`${name}.key`),
    "-out",
    path(`${name}.csr`),
  ];
  await runProgram("openssl", ["req", ...request, "-subj", `/CN=${name}`]);
  await writeFile(path(`${name}.ext`), "subjectAltName=IP:127.0.0.1\n");
  const signing = ["-CA", path(`${by}.pem`), "-CAkey", path(`${by}.key`), "-CAcreateserial", "-days", "2"];
  const files = ["-in", path(`${name}.csr`), "-out", path(`${name}.pem`), "-extfile", path(`${name}.ext`)];
  await runProgram("openssl", ["x509", "-req", ...files, ...signing]);
}
