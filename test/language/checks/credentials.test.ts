import { check, fix } from "./check.ts";

function broker(params: string, secrets = ""): string {
  return `${secrets}connections:
  plant:
    type: mqtt
    url: mqtts://plant:8883
    ${params}
nodes:
  t: { type: mqtt-in, topic: a }
  l: { type: log, from: t }
`;
}

/** Built here, so that no scanner takes this file for a leak. */
const awsKey = `AKIA${"IOSFODNN7EXAMPLE"}`;
const gitHubToken = `ghp_${"0123456789".repeat(4)}`;

describe("check: credentials in the file", () => {
  it("warns of a password", () =>
    check(
      broker("password: «hunter2»"),
      "warning EDDY_CREDENTIAL This looks like a credential. Declare a secret",
    ));
  it("warns of one that YAML takes for a number", () =>
    check(broker("password: «12345678»"), "warning EDDY_CREDENTIAL"));
  it("takes a secret, an environment value and nothing", () => {
    check(broker('password: "${secrets.KEY}"', "secrets: { KEY: {} }\n"));
    check(broker('password: "${env.KEY}"', "env: { KEY: {} }\n"));
    check(broker('password: ""'));
  });
  it("warns of a user and password in an address", () =>
    check(
      broker("").replace("mqtts://plant:8883", "«mqtts://me:hunter2@plant:8883»"),
      "warning EDDY_CREDENTIAL",
    ));
  it("takes an address with a secret in it", () =>
    check(
      broker("", "secrets: { P: {} }\n").replace("mqtts://plant:8883", "mqtts://me:${secrets.P}@plant:8883"),
    ));
  it("warns of a header", () =>
    check(
      "nodes:\n  t: { type: inject }\n  r: { type: http-request, from: t, url: a, headers: { Authorization: «Basic abc», Accept: text/plain } }\n",
      "warning EDDY_CREDENTIAL",
    ));
  for (const [what, text] of [
    ["an access key", awsKey],
    ["a token", gitHubToken],
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----"],
  ] as const)
    it(`knows ${what} wherever it stands`, () => {
      const map = (value: string) =>
        `nodes:\n  t: { type: inject }\n  m: { type: map, from: t, payload: ${value} }\n  l: { type: log, from: m }\n`;
      check(map(`«"'${text}'"»`), "warning EDDY_CREDENTIAL");
      check(
        `script: «|\n  const key = "${text}";»\nnodes:\n  t: { type: inject }\n  l: { type: log, from: t }\n`,
        "warning EDDY_CREDENTIAL",
      );
    });
  it("warns of a default of the environment", () =>
    check(
      "env: { API_KEY: { default: «abcdef» } }\nnodes:\n  t: { type: inject, payload: env.API_KEY }\n  l: { type: log, from: t }\n",
      "warning EDDY_CREDENTIAL",
    ));
  it("is not taken in by other keys and values", () =>
    check(
      'env: { MAX_TOKENS: { default: 5 }, KEY_FILE: { default: a } }\nnodes:\n  t: { type: inject, payload: "[env.MAX_TOKENS, env.KEY_FILE]" }\n  m: { type: map, from: t, payload: { password: msg.payload, token: msg.topic } }\n  l: { type: log, from: m }\n',
    ));
  it("declares a secret and uses it", () =>
    fix(
      broker("password: hunter2"),
      "Use the secret PLANT_PASSWORD",
      `secrets:\n  PLANT_PASSWORD: {}\n${broker('password: "${secrets.PLANT_PASSWORD}"')}`,
    ));
  it("is a warning at a disabled node too", () =>
    check(
      "nodes:\n  t: { type: inject }\n  r: { type: http-request, disabled: true, from: t, url: a, headers: { Authorization: «Basic abc» } }\n  l: { type: log, from: t }\n",
      "warning EDDY_CREDENTIAL",
    ));
});
