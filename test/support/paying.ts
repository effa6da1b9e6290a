import { generateKeys, signMessage, type PrivateJwk } from "../../src/agent/web-bot-auth/index.ts";
import { signComponents } from "../../src/agent/web-bot-auth/sign.ts";

/** An agent that signs with a key of its own, which the rules name. */
export interface PayingAgent {
  readonly name: string;
  readonly key: PrivateJwk;
  /** The agent's part of `agents` in the rules. */
  readonly bot: object;
  readonly publicKey: object;
}

const AGENT = "https://payer.example";

export async function payingAgent(name: string, more: object = {}): Promise<PayingAgent> {
  const { privateJwk: key } = await generateKeys();
  const { kty, crv, x } = key;
  const bot = {
    name,
    tokens: [name],
    operator: name,
    category: "AI Crawler",
    behaviours: ["Training"],
    ...more,
  };
  return { name, key, bot, publicKey: { kty, crv, x } };
}

/** The `agents` of rules that know these agents. */
export function agentsOf(agents: readonly PayingAgent[]): object {
  return {
    bots: agents.map(({ bot }) => bot),
    keys: Object.fromEntries(agents.map(({ name, publicKey }) => [name, { keys: [publicKey] }])),
  };
}

/** How a request is signed. */
export interface Signing {
  /** Seconds before now at which the signature was made. @default 0 */
  readonly age?: number;
  readonly nonce?: string;
  /** Fields that the signature covers, by lower-case name. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly method?: string;
}

let nonces = 0;

/** The fields of a signed request. */
export function signedBy(
  { key, name }: PayingAgent,
  url: string,
  { age = 0, nonce = `n${process.pid}-${++nonces}`, fields = {}, method = "GET" }: Signing = {},
): Promise<Record<string, string>> {
  const created = Math.floor(Date.now() / 1000) - age;
  const options = { agent: AGENT, created, expires: created + 3600, nonce, fields };
  const signed = signMessage({ method, url }, key, options);
  return signed.then((lines) => ({ ...lines, "user-agent": `${name}/1.0` }));
}

/** The fields of a signed request without a nonce. */
export async function signedOnce(
  { key, name }: PayingAgent,
  url: string,
  fields: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const created = Math.floor(Date.now() / 1000);
  const headers = { ...fields, "signature-agent": JSON.stringify(AGENT) };
  const signed = await signComponents({ message: { method: "GET", url, headers } }, key, {
    created,
    expires: created + 3600,
    label: "sig1",
    covered: [`"@authority"`, ...Object.keys(headers).map((field) => JSON.stringify(field))],
    tag: "web-bot-auth",
  });
  return { ...headers, ...signed, "user-agent": `${name}/1.0` };
}

/** Fields that offer a price at most. */
export function atMost(price: string): { readonly fields: Readonly<Record<string, string>> } {
  return { fields: { "crawler-max-price": price } };
}
