import { parsePrivateJwk, signMessage, type PrivateJwk } from "../agent/web-bot-auth/index.ts";
import { parseJson } from "../http/json.ts";
import { now } from "../timing/duration.ts";
import { readText } from "./rules-file.ts";
import { onlyOne, parseArguments, UsageError, type Command } from "./usage.ts";

/** Seconds for which a signature of this command is valid. */
const LIFETIME = 300;

/** `wayleave sign`: prints the fields of a signed request. */
export const sign: Command = {
  summary: "signs a request as an agent (Web Bot Auth), for curl",
  help: `wayleave sign --key FILE --agent URL [--legacy] [--json] URL

Prints the fields of a signed GET request for URL as curl configuration. The signature is
valid for ${LIFETIME / 60} minutes.

  wayleave sign --key private.jwk.json --agent https://agent.example URL | curl -K - URL

  --key FILE    the private key as a JWK: Ed25519, P-256 or RSA (see wayleave keys)
  --agent URL   the agent's address, which publishes its key directory
  --legacy      writes Signature-Agent as one String, as most agents still do
  --json        prints one JSON object of names and values instead
`,
  async run({ argv, out }) {
    const { values, positionals } = parseArguments(argv, {
      key: { type: "string" },
      agent: { type: "string" },
      legacy: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const url = onlyOne(positionals, "give one URL");
    if (!URL.canParse(url)) throw new UsageError(`${JSON.stringify(url)} is not a URL`);
    if (values.key === undefined) throw new UsageError("give the private key with --key FILE");
    if (values.agent === undefined || !URL.canParse(values.agent)) {
      throw new UsageError("give the agent with --agent URL");
    }
    const key = readPrivateKey(values.key);
    const fields = await signAsAgent(url, key, values.agent, values.key, values.legacy);
    out(values.json ? `${JSON.stringify(fields, undefined, 2)}\n` : toCurl(fields));
    return 0;
  },
};

/**
 * Signs a GET request as an agent; the fields to add. Throws a UsageError if the key can't sign.
 *
 * @param path of the key's file, for the message
 */
export async function signAsAgent(
  url: string,
  key: PrivateJwk,
  agent: string,
  path: string,
  isLegacy = false,
): Promise<Record<string, string>> {
  const created = now();
  const signed = signMessage({ method: "GET", url }, key, {
    agent,
    created,
    expires: created + LIFETIME,
    nonce: randomNonce(),
    ...(isLegacy ? { form: "legacy" } : {}),
  });
  return signed.catch(() => {
    // The runtime's message may contain the key.
    throw new UsageError(`the private JWK in ${path} can't sign`);
  });
}

/** Reads the private key of a file. Throws a UsageError if it has none. */
export function readPrivateKey(path: string): PrivateJwk {
  const text = readText(path);
  if (text === undefined) throw new UsageError(`can't read the key file ${path}`);
  const key = parsePrivateJwk(parseJson(text));
  // The message does not contain the text, which may be secret.
  if (key === undefined) throw new UsageError(`${path} contains no private JWK`);
  return key;
}

function randomNonce(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

/** curl's configuration file format: quoted strings with backslash escapes. */
function toCurl(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => {
      const line = `${name}: ${value}`.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
      return `header = "${line}"\n`;
    })
    .join("");
}
