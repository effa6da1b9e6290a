import { parsePrivateJwk, signMessage, type PrivateJwk } from "../agent/web-bot-auth/index.ts";
import { parseJson } from "../http/json.ts";
import { now } from "../timing/duration.ts";
import { readText } from "./rules-file.ts";
import { onlyOne, parseArguments, UsageError, wrongValue, type Command } from "./usage.ts";

/** Seconds for which a signature of this command is valid. */
const LIFETIME = 300;

/** `wayleave sign`: prints the fields of a signed request. */
export const sign: Command = {
  summary: "signs a request as an agent (Web Bot Auth), for curl",
  help: `wayleave sign --key FILE --agent URL [--field 'NAME: VALUE']… [--legacy] [--json] URL

Prints the fields of a signed GET request for URL as curl configuration. The signature is
valid for ${LIFETIME / 60} minutes.

  wayleave sign --key private.jwk.json --agent https://agent.example URL | curl -K - URL

  --key FILE    the private key as a JWK: Ed25519, P-256 or RSA (see wayleave keys)
  --agent URL   the agent's address, which publishes its key directory
  --field F     a field that the signature covers, too, and that is printed, e.g. the price of a
                request that pays: 'crawler-exact-price: USD 0.01'; may be repeated
  --legacy      writes Signature-Agent as one String, as most agents still do
  --json        prints one JSON object of names and values instead
`,
  async run({ argv, out }) {
    const { values, positionals } = parseArguments(argv, {
      key: { type: "string" },
      agent: { type: "string" },
      field: { type: "string", multiple: true, default: [] },
      legacy: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const url = onlyOne(positionals, "give one URL");
    if (!URL.canParse(url)) throw new UsageError(`${JSON.stringify(url)} is not a URL`);
    if (values.key === undefined) throw new UsageError("give the private key with --key FILE");
    if (values.agent === undefined || !URL.canParse(values.agent)) {
      throw new UsageError("give the agent with --agent URL");
    }
    const fields = parseFields(values.field);
    const key = readPrivateKey(values.key);
    const more = { isLegacy: values.legacy, fields };
    const lines = await signAsAgent(url, key, values.agent, values.key, more);
    out(values.json ? `${JSON.stringify(lines, undefined, 2)}\n` : toCurl(lines));
    return 0;
  },
};

/** Field names that this command writes itself, or that do not reach the server as they are. */
const NOT_SIGNED =
  /^(?:signature|signature-input|signature-agent|host|connection|content-length|transfer-encoding|upgrade|te|trailer|keep-alive|expect|proxy-.*)$/;
const LONGEST_FIELD = 8192;

/** Parses fields written as "name: value". Throws a UsageError for text that no field line can have. */
function parseFields(texts: readonly string[]): Readonly<Record<string, string>> {
  const fields = new Map<string, string>();
  for (const text of texts) {
    if (text.length > LONGEST_FIELD) {
      throw new UsageError(`--field has at most ${LONGEST_FIELD} characters`);
    }
    const at = text.indexOf(":");
    const name = text.slice(0, Math.max(at, 0)).toLowerCase();
    const value = text.slice(at + 1).replaceAll(/^[ \t]+|[ \t]+$/g, "");
    if (!/^[a-z][a-z0-9-]*$/.test(name) || !/^[\x20-\x7e]+$/.test(value)) {
      throw wrongValue(
        "--field",
        'a field such as "crawler-exact-price: USD 0.01", in ASCII',
        text,
      );
    }
    if (NOT_SIGNED.test(name)) throw new UsageError(`--field can't be ${name}`);
    if (fields.has(name)) throw new UsageError(`--field has ${name} twice`);
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

interface SigningOptions {
  /** Whether Signature-Agent is one String. @default false */
  readonly isLegacy?: boolean;
  /** Fields that the signature covers, too, by lower-case name. @default none */
  readonly fields?: Readonly<Record<string, string>>;
}

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
  { isLegacy = false, fields = {} }: SigningOptions = {},
): Promise<Record<string, string>> {
  const created = now();
  const signed = signMessage({ method: "GET", url }, key, {
    agent,
    created,
    expires: created + LIFETIME,
    nonce: randomNonce(),
    fields,
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
