import { describe, expect, test } from "vitest";
import {
  generateKeys,
  verifyMessage,
  type SignedMessage,
  type SignatureVerdict,
} from "../../../src/agent/web-bot-auth/index.ts";
import { AGENT, DIRECTORY_URL, NOW, directories, message, sign, signAs } from "./fixtures.ts";
import { startBareWorker } from "../../support/bare-worker.ts";
import { signRaw } from "./raw-signer.ts";
import type { WorkerVerdict } from "./verifier-worker.ts";

const WORKER = new URL("verifier-worker.ts", import.meta.url).pathname;

const keys = await generateKeys();
const other = await generateKeys();
const keyid = keys.privateJwk["kid"] as string;
const OTHER_URL = "https://other.example/.well-known/http-message-signatures-directory";
const CARD_URL = "https://signer.example/card";
const answers = {
  [DIRECTORY_URL]: keys.directory,
  [OTHER_URL]: other.directory,
  "https://signer.example/keys.json": keys.directory,
  [CARD_URL]: { client_id: CARD_URL, jwks_uri: "https://signer.example/keys.json" },
};

type Fields = Record<string, string>;
interface Case {
  /** `verdict reason`. */
  readonly expected: `${SignatureVerdict["verdict"]} ${string}`;
  readonly fields: () => Fields | Promise<Fields>;
  readonly over?: Partial<Omit<SignedMessage, "field">>;
  /** How many fetches it may cost: none unless said. */
  readonly fetches?: number;
  readonly agent?: string;
}

const params = (over: Readonly<Record<string, string | undefined>> = {}): string =>
  Object.entries({
    created: `${NOW - 10}`,
    expires: `${NOW + 290}`,
    keyid: `"${keyid}"`,
    tag: '"web-bot-auth"',
    ...over,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `;${name}=${value}`)
    .join("");

/** A signature that covers another one, `inner`, with all components of that. */
const chained = async (
  inner: string,
  own = '"signature-agent";key="a"',
  more: Readonly<Record<string, string>> = {},
): Promise<Fields> => {
  const value = `:${Buffer.alloc(64, 7).toString("base64")}:`;
  const covered = `("@authority" "signature-agent";key="b" ${own} "signature-input";key="inner" "signature";key="inner")`;
  const input = covered + params(more);
  const agents = `a="${AGENT}", b="https://other.example"`;
  return raw(input, agents, { "signature-input": inner, signature: `inner=${value}` });
};

const DEFAULT = '("@authority" "signature-agent";key="a")';
/** Honestly signed fields, whatever is in them. */
const raw = (
  input: string,
  agent: string | undefined = `a="${AGENT}"`,
  more: Fields = {},
  over: Partial<Omit<SignedMessage, "field">> = {},
): Promise<Fields> => signRaw(keys.privateJwk, input, agent, more, over);
const withParams = (over: Readonly<Record<string, string | undefined>>): Promise<Fields> =>
  raw(DEFAULT + params(over));
const covering = (components: string, more: Fields = {}, over = {}): Promise<Fields> =>
  raw(`(${components} "signature-agent";key="a")${params()}`, undefined, more, over);
const edit =
  (
    name: string,
    change: (value: string) => string,
    from: () => Promise<Fields> = () => sign(keys),
  ) =>
  async (): Promise<Fields> => {
    const fields = await from();
    return { ...fields, [name]: change(fields[name] ?? "") };
  };
const append = (name: string, text: string) => edit(name, (value) => value + text);

const VERIFIED = { expected: "verified ok", fetches: 1, agent: AGENT } as const;

const honest: Readonly<Record<string, Case>> = {
  "dictionary form": { ...VERIFIED, fields: () => sign(keys) },
  "legacy form": { ...VERIFIED, fields: () => sign(keys, { form: "legacy" }) },
  "type=directory": { ...VERIFIED, fields: () => signAs(keys, { type: "directory" }) },
  "type=directory with a path": {
    ...VERIFIED,
    fields: () => signAs(keys, { type: "directory", agent: `${AGENT}/about` }),
  },
  "type=jwks_uri": {
    ...VERIFIED,
    agent: `${AGENT}/keys.json`,
    fields: () => signAs(keys, { type: "jwks_uri", agent: `${AGENT}/keys.json` }),
  },
  "type=cimd": {
    ...VERIFIED,
    agent: CARD_URL,
    fetches: 2,
    fields: () => signAs(keys, { type: "cimd", agent: CARD_URL }),
  },
  "a direct JWKS URL": {
    ...VERIFIED,
    agent: `${AGENT}/keys.json`,
    fields: () => sign(keys, { agent: `${AGENT}/keys.json` }),
  },
  "the directory's own URL": { ...VERIFIED, fields: () => sign(keys, { agent: DIRECTORY_URL }) },
  "an agent with a slash, upper case and the default port": {
    ...VERIFIED,
    fields: () => sign(keys, { agent: "HTTPS://Signer.Example:443/" }),
  },
  "type as a String": {
    ...VERIFIED,
    fields: () => raw(DEFAULT + params(), `a="${AGENT}";type="directory"`),
  },
  "a legacy String with a type": {
    ...VERIFIED,
    fields: () => raw(`("@authority" "signature-agent")${params()}`, `"${AGENT}";type=directory`),
  },
  "a label that differs from the member": {
    ...VERIFIED,
    fields: () =>
      raw(`("@authority" "signature-agent";key="agent2")${params()}`, `agent2="${AGENT}"`),
  },
  "a member of several": {
    ...VERIFIED,
    fields: () => raw(DEFAULT + params(), `b="https://other.example", a="${AGENT}"`),
  },
  "the whole field of one member": {
    ...VERIFIED,
    fields: () => raw(`("@authority" "signature-agent")${params()}`),
  },
  "the whole field, strictly serialised": {
    ...VERIFIED,
    fields: () =>
      raw(`("@authority" "signature-agent";sf)${params()}`, `a="${AGENT}";  type=directory`),
  },
  "odd white space between members and parameters": {
    ...VERIFIED,
    fields: edit("Signature-Input", (value) =>
      value.replace('("@authority" ', '(  "@authority"   ').replaceAll(";", ";  "),
    ),
  },
  "parameters in another order, and one that nobody knows": {
    ...VERIFIED,
    fields: () =>
      raw(
        `${DEFAULT};tag="web-bot-auth";x-new=?0;keyid="${keyid}";expires=${NOW + 9};created=${NOW}`,
      ),
  },
  "an algorithm that is said": { ...VERIFIED, fields: () => withParams({ alg: '"ed25519"' }) },
  "a nonce": { ...VERIFIED, fields: () => withParams({ nonce: '"e8N7S2MFd/qrd6T2R3tdfA=="' }) },
  "a clock that is half a minute ahead": {
    ...VERIFIED,
    fields: () => withParams({ created: `${NOW + 30}` }),
  },
  "an expiry at this second": {
    ...VERIFIED,
    fields: () => withParams({ expires: `${NOW}`, created: `${NOW - 100}` }),
  },
  "a whole day": {
    ...VERIFIED,
    fields: () => withParams({ created: `${NOW}`, expires: `${NOW + 86_400}` }),
  },
  "@target-uri instead of @authority": {
    ...VERIFIED,
    fields: () => raw(`("@target-uri" "signature-agent";key="a")${params()}`),
  },
  "every derived component": {
    ...VERIFIED,
    fields: () =>
      covering(
        '"@method" "@authority" "@scheme" "@target-uri" "@request-target" "@path" "@query" "@query-param";name="a"',
      ),
  },
  "an absent query": {
    ...VERIFIED,
    over: { url: "https://site.example/" },
    fields: () => covering('"@authority" "@query" "@path"', {}, { url: "https://site.example/" }),
  },
  "a target that the URL parser rewrites": {
    ...VERIFIED,
    over: { url: "https://site.example/it%27s/x", rawTarget: "/it's/./x" },
    fields: () =>
      covering(
        '"@target-uri" "@path"',
        {},
        { url: "https://site.example/it's", rawTarget: "/it's/./x" },
      ),
  },
  "a query whose apostrophes the runtime has rewritten": {
    ...VERIFIED,
    over: { url: "https://site.example/?q=it%27s" },
    fields: () =>
      covering(
        '"@target-uri" "@query"',
        {},
        { url: "https://site.example/", rawTarget: "/?q=it's" },
      ),
  },
  "a query whose apostrophes the client has rewritten": {
    ...VERIFIED,
    over: { url: "https://site.example/?q=it%27s", rawTarget: "/?q=it%27s" },
    fields: () =>
      covering(
        '"@target-uri" "@query"',
        {},
        { url: "https://site.example/", rawTarget: "/?q=it's" },
      ),
  },
  "a Signature with one label too many": {
    ...VERIFIED,
    fields: append("Signature", ", sig9=:AAAA:"),
  },
  "another label without a Signature": {
    ...VERIFIED,
    fields: append("Signature-Input", `, sig9=("@authority");tag="web-bot-auth"`),
  },
  "a signature around one that can't be verified": {
    ...VERIFIED,
    fields: () =>
      chained(`inner=("@authority" "signature-agent";key="b")${params({ keyid: '"k"' })}`),
  },
  "a signature around one by another agent": {
    ...VERIFIED,
    fetches: 2,
    fields: () => chained(`inner=("@authority" "signature-agent";key="b")${params()}`),
  },
  "a signature around one with another tag": {
    ...VERIFIED,
    fields: () =>
      chained(`inner=("@authority" "signature-agent";key="b")${params({ tag: '"x"' })}`),
  },
  "a Host with a final dot, signed with it": {
    ...VERIFIED,
    over: { url: "https://site.example/page" },
    fields: () =>
      covering(
        '"@authority" "@target-uri"',
        { host: "site.example." },
        { url: "https://site.example./page" },
      ),
  },
  "a Host with a final dot, signed without it": {
    ...VERIFIED,
    over: { url: "https://site.example/page" },
    fields: () =>
      covering(
        '"@authority" "@path"',
        { host: "site.example." },
        { url: "https://site.example/page" },
      ),
  },
  "an authority with a port, in upper case": {
    ...VERIFIED,
    over: { url: "https://SITE.example:8443/" },
    fields: () => covering('"@authority"', {}, { url: "https://site.example:8443/" }),
  },
  "a query parameter with spaces and umlauts": {
    ...VERIFIED,
    over: { url: "https://site.example/?n%20a=x+y%C3%A9" },
    fields: () =>
      covering(
        '"@authority" "@query-param";name="n%20a"',
        {},
        { url: "https://site.example/?n%20a=x+y%C3%A9" },
      ),
  },
  "plain fields": {
    ...VERIFIED,
    fields: () =>
      covering('"@authority" "user-agent" "accept"', { "user-agent": "Bot/1", accept: "*/*" }),
  },
  "content-digest": {
    ...VERIFIED,
    fields: () =>
      covering('"@authority" "content-digest"', {
        "content-digest": "sha-256=:AAAA:, sha-512=:BBBB:",
      }),
  },
  "one member of content-digest": {
    ...VERIFIED,
    fields: () =>
      covering('"@authority" "content-digest";key="sha-512"', {
        "content-digest": "sha-256=:AAAA:,  sha-512=:BBBB:",
      }),
  },
  "a strictly serialised field": {
    ...VERIFIED,
    fields: () => covering('"@authority" "priority";sf', { priority: "u=1,   i" }),
  },
  "a field as bytes": {
    ...VERIFIED,
    fields: () => covering('"@authority" "user-agent";bs', { "user-agent": "Bot/1 é" }),
  },
  "a field with octets beyond ASCII": {
    ...VERIFIED,
    fields: () => covering('"@authority" "user-agent"', { "user-agent": "Bot/1 Ã©" }),
  },
  "sixteen components": {
    ...VERIFIED,
    fields: () =>
      covering(
        Array.from({ length: 14 }, (_, at) => `"x-${at}"`).join(" ") + ' "@authority"',
        Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`x-${at}`, "1"])),
      ),
  },
  "a signature of another application beside it": {
    ...VERIFIED,
    fields: async () => {
      const fields = await sign(keys);
      return {
        ...fields,
        "Signature-Input": `proxy=("@method");tag="other", ${fields["Signature-Input"]}`,
        Signature: `proxy=:AAAA:, ${fields["Signature"]}`,
      };
    },
  },
  "a signature whose padding is left out": {
    ...VERIFIED,
    fields: edit("Signature", (value) => value.replaceAll(/=+:$/g, ":")),
  },
  "a broken first signature and a good second one": {
    ...VERIFIED,
    fields: async () => {
      const fields = await signAs(keys, { label: "sig2" });
      return {
        "Signature-Agent": `sig1="${AGENT}", ${fields["Signature-Agent"]}`,
        "Signature-Input": `sig1=("@authority" "signature-agent";key="sig1")${params()}, ${fields["Signature-Input"]}`,
        Signature: `sig1=:${"A".repeat(86)}==:, ${fields["Signature"]}`,
      };
    },
  },
};

const hostile: Readonly<Record<string, Case>> = {
  "no signature": {
    expected: "unverified no-signature",
    fields: () => ({ "signature-agent": `"${AGENT}"` }),
  },
  "a signature without its input": {
    expected: "unverified no-signature",
    fields: () => ({ signature: "a=:AAAA:" }),
  },
  "an empty Signature-Input": {
    expected: "unverified no-web-bot-auth-signature",
    fields: () => ({ "signature-input": "" }),
  },
  "another tag": {
    expected: "unverified no-web-bot-auth-signature",
    fields: () => withParams({ tag: '"fapi-2-request"' }),
  },
  "no tag": {
    expected: "unverified no-web-bot-auth-signature",
    fields: () => withParams({ tag: undefined }),
  },
  "a tag as a Token": {
    expected: "invalid malformed-parameter",
    fields: () => withParams({ tag: "web-bot-auth" }),
  },
  "no Signature": {
    expected: "invalid missing-signature",
    fields: async () => ({ "signature-input": (await sign(keys))["Signature-Input"]! }),
  },
  "no Signature of this label": {
    expected: "invalid label-mismatch",
    fields: edit("Signature", (value) => value.replace("sig1", "sig2")),
  },
  "a Signature that is a String": {
    expected: "invalid malformed-signature",
    fields: () => edit("Signature", () => 'sig1="AAAA"')(),
  },
  "a Signature with a parameter": {
    expected: "invalid malformed-signature",
    fields: append("Signature", ";x"),
  },
  "a Signature with a member that is no Byte Sequence": {
    expected: "invalid malformed-signature",
    fields: append("Signature", ", sig9"),
  },
  "an input with a member that is no Inner List": {
    expected: "invalid malformed-signature-input",
    fields: append("Signature-Input", ", sig9"),
  },
  "a Signature that is no Dictionary": {
    expected: "invalid malformed-signature",
    fields: edit("Signature", () => "?????"),
  },
  "a Signature with bad base64": {
    expected: "invalid malformed-signature",
    fields: edit("Signature", () => "sig1=:A===:"),
  },
  "a trailing comma": {
    expected: "invalid malformed-signature-input",
    fields: append("Signature-Input", ","),
  },
  "a trailing tab": {
    expected: "invalid malformed-signature-input",
    fields: append("Signature-Input", "\t"),
  },
  "an input that is no Inner List": {
    expected: "invalid malformed-signature-input",
    fields: () => edit("Signature-Input", () => `sig1="@authority"${params()}`)(),
  },
  "a component that is a Token": {
    expected: "invalid malformed-signature-input",
    fields: () => edit("Signature-Input", () => `sig1=(authority)${params()}`)(),
  },
  "a component in upper case": {
    expected: "invalid malformed-signature-input",
    fields: () =>
      edit("Signature-Input", () => `sig1=("@authority" "Signature-Agent")${params()}`)(),
  },
  "@signature-params as a component": {
    expected: "invalid malformed-signature-input",
    fields: () =>
      edit("Signature-Input", () => `sig1=("@authority" "@signature-params")${params()}`)(),
  },
  "components that are not parted": {
    expected: "invalid malformed-signature-input",
    fields: edit("Signature-Input", (value) => value.replace('"@authority" ', '"@authority"')),
  },
  "a label twice": {
    expected: "invalid duplicate-label",
    fields: edit("Signature-Input", (value) => `${value}, ${value}`),
  },
  "a label twice in Signature": {
    expected: "invalid duplicate-label",
    fields: edit("Signature", (value) => `sig1=:AAAA:, ${value}`),
  },
  "an agent's member twice": {
    expected: "invalid duplicate-label",
    fields: edit("Signature-Agent", (value) => `${value}, ${value}`),
  },
  "a parameter twice": {
    expected: "invalid duplicate-parameter",
    fields: append("Signature-Input", ";created=1"),
  },
  "a component's parameter twice": {
    expected: "invalid duplicate-parameter",
    fields: edit("Signature-Input", (value) =>
      value.replace(';key="sig1"', ';key="sig1";key="sig1"'),
    ),
  },
  "an agent's type twice": {
    expected: "invalid duplicate-parameter",
    fields: () => raw(DEFAULT + params(), `a="${AGENT}";type=directory;type=cimd`),
  },
  "a component twice": {
    expected: "invalid duplicate-component",
    fields: () => covering('"@authority" "@authority"'),
  },
  "a component twice, its parameters in two orders": {
    expected: "invalid duplicate-component",
    fields: () =>
      edit(
        "Signature-Input",
        () => `sig1=("x";sf;key="a" "x";key="a";sf "@authority")${params()}`,
      )(),
  },
  "nine labels": {
    expected: "invalid too-many-labels",
    fields: append("Signature-Input", Array.from({ length: 8 }, (_, at) => `, x${at}=()`).join("")),
  },
  "nine agents": {
    expected: "invalid too-many-labels",
    fields: append(
      "Signature-Agent",
      Array.from({ length: 8 }, (_, at) => `, x${at}="https://x"`).join(""),
    ),
  },
  "three candidates": {
    expected: "invalid too-many-candidates",
    fields: append("Signature-Input", `, b=()${params()}, c=()${params()}`),
  },
  "seventeen components": {
    expected: "invalid too-many-components",
    fields: () =>
      edit(
        "Signature-Input",
        () => `sig1=(${Array.from({ length: 17 }, (_, at) => `"x-${at}"`).join(" ")})${params()}`,
      )(),
  },
  ...Object.fromEntries(
    ["Signature-Input", "Signature", "Signature-Agent"].map((name): [string, Case] => [
      `${name} over 4 KB`,
      { expected: "invalid field-too-large", fields: append(name, " ".repeat(4096)) },
    ]),
  ),
  ...Object.fromEntries(
    ["created", "expires", "keyid"].map((name): [string, Case] => [
      `no ${name}`,
      { expected: "invalid missing-parameter", fields: () => withParams({ [name]: undefined }) },
    ]),
  ),
  "created as a String": {
    expected: "invalid malformed-parameter",
    fields: () => withParams({ created: `"${NOW}"` }),
  },
  "created as a Decimal": {
    expected: "invalid malformed-parameter",
    fields: () => withParams({ created: `${NOW}.0` }),
  },
  "expires as a Date": {
    expected: "invalid malformed-parameter",
    fields: edit("Signature-Input", (value) => value.replace("expires=", "expires=@")),
  },
  "keyid as bytes": {
    expected: "invalid malformed-parameter",
    fields: () => withParams({ keyid: ":AAAA:" }),
  },
  "a nonce as bytes": {
    expected: "invalid malformed-parameter",
    fields: () => withParams({ nonce: ":AAAA:" }),
  },
  "an alg as a Token": {
    expected: "invalid malformed-parameter",
    fields: () => withParams({ alg: "ed25519" }),
  },
  "a keyid that is no thumbprint": {
    expected: "invalid malformed-parameter",
    fields: () => withParams({ keyid: '"my-key"' }),
  },
  "an integer of sixteen digits": {
    expected: "invalid malformed-signature-input",
    fields: () =>
      edit("Signature-Input", () => `sig1=${DEFAULT}${params({ created: "1".repeat(16) })}`)(),
  },
  hmac: {
    expected: "invalid unsupported-algorithm",
    fields: () => withParams({ alg: '"hmac-sha256"' }),
  },
  "an unknown algorithm": {
    expected: "invalid unsupported-algorithm",
    fields: () => withParams({ alg: '"rsa-v1_5-sha256"' }),
  },
  "an algorithm that is not the key's": {
    expected: "invalid algorithm-mismatch",
    fetches: 1,
    fields: () => withParams({ alg: '"rsa-pss-sha512"' }),
  },
  expired: {
    expected: "invalid expired",
    fields: () => sign(keys, { created: NOW - 400, expires: NOW - 61 }),
  },
  "expired a second ago": {
    expected: "invalid expired",
    fields: () => sign(keys, { created: NOW - 400, expires: NOW - 1 }),
  },
  "from the future": {
    expected: "invalid created-in-future",
    fields: () => sign(keys, { created: NOW + 61, expires: NOW + 90 }),
  },
  "expiring before it was made": {
    expected: "invalid expires-before-created",
    fields: () => sign(keys, { created: NOW, expires: NOW }),
  },
  "valid for more than a day": {
    expected: "invalid lifetime-too-long",
    fields: () => sign(keys, { created: NOW, expires: NOW + 86_401 }),
  },
  "nothing covered": {
    expected: "invalid target-not-covered",
    fields: () => raw(`()${params()}`),
  },
  "the method alone": {
    expected: "invalid target-not-covered",
    fields: () => raw(`("@method" "signature-agent";key="a")${params()}`),
  },
  "the authority of a request that this is no answer to": {
    expected: "invalid target-not-covered",
    fields: () => edit("Signature-Input", () => `sig1=("@authority";req)${params()}`)(),
  },
  "an agent that is not covered": {
    expected: "invalid signature-agent-not-covered",
    fields: () => raw(`("@authority")${params()}`),
  },
  "an agent added afterwards": {
    expected: "invalid signature-agent-not-covered",
    fields: async () => ({
      ...(await raw(`("@authority")${params()}`, "")),
      "signature-agent": `"${AGENT}"`,
    }),
  },
  "two agents covered by one signature": {
    expected: "invalid ambiguous-signature-agent",
    fields: () =>
      raw(
        `("@authority" "signature-agent";key="a" "signature-agent";key="b")${params()}`,
        `a="${AGENT}", b="https://other.example"`,
      ),
  },
  "a signature around one whose agent it poses as": {
    expected: "unverified unknown-key",
    fetches: 1,
    agent: "https://other.example",
    fields: () => chained(`inner=("@authority" "signature-agent";key="b")${params()}`, ""),
  },
  "a signature by an unknown key around one that can't be parsed": {
    expected: "unverified unknown-key",
    fetches: 1,
    agent: AGENT,
    fields: () => {
      const inner = `inner=("@authority" "signature-agent";key="b")${params({ keyid: '"k"' })}`;
      return chained(inner, '"signature-agent";key="a"', { keyid: `"${"A".repeat(43)}"` });
    },
  },
  "two agents covered as one field": {
    expected: "invalid ambiguous-signature-agent",
    fields: () =>
      raw(`("@authority" "signature-agent")${params()}`, `a="${AGENT}", b="https://other.example"`),
  },
  "a member that is not there": {
    expected: "invalid component-unavailable",
    fields: edit("Signature-Agent", () => `b="${AGENT}"`),
  },
  "a key of a legacy String": {
    expected: "invalid component-unavailable",
    fields: edit("Signature-Agent", () => `"${AGENT}"`),
  },
  "an agent that is a Token": {
    expected: "invalid malformed-signature-agent",
    fields: edit("Signature-Agent", () => `sig1=signer.example`),
  },
  "an agent that is a list": {
    expected: "invalid malformed-signature-agent",
    fields: edit("Signature-Agent", () => `sig1=("${AGENT}")`),
  },
  "two legacy agents": {
    expected: "invalid malformed-signature-agent",
    fields: edit("Signature-Agent", () => `"${AGENT}", "https://other.example"`),
  },
  "an empty Signature-Agent": {
    expected: "invalid malformed-signature-agent",
    fields: edit("Signature-Agent", () => ""),
  },
  "no Signature-Agent": {
    expected: "unverified no-signature-agent",
    fields: () => raw(`("@authority")${params()}`, ""),
  },
  "an unknown type": {
    expected: "unverified unsupported-agent-type",
    fields: () => raw(DEFAULT + params(), `a="${AGENT}";type=did`),
  },
  "an agent that is not listed": {
    expected: "unverified directory-not-allowed",
    fields: () => sign(keys, { agent: "https://stranger.example" }),
    agent: "https://stranger.example",
  },
  "a prefix of a listed host": {
    expected: "unverified directory-not-allowed",
    fields: () => sign(keys, { agent: "https://signer.example.evil.example" }),
  },
  "a listed host as userinfo": {
    expected: "unverified directory-url-refused",
    fields: () => sign(keys, { agent: "https://signer.example@evil.example" }),
  },
  ...Object.fromEntries(
    [
      "http://signer.example",
      "https://signer.example:8443",
      "https://127.0.0.1",
      "https://2130706433",
      "https://0x7f.1",
      "https://[::1]",
      "https://localhost",
      "https://intranet",
      "https://printer.local",
      "https://db.internal",
      "https://signer.example.",
      "https://site.example",
      "data:application/json,{}",
      "ftp://signer.example",
      "signer.example",
      "//signer.example",
    ].map((agent): [string, Case] => [
      `an agent at ${agent}`,
      {
        expected: /^(?:http|data|ftp):/.test(agent)
          ? "invalid signature-agent-not-https"
          : "unverified directory-url-refused",
        fields: () => sign(keys, { agent }),
      },
    ]),
  ),
  "a component that nobody knows": {
    expected: "invalid unsupported-component",
    fields: () =>
      edit(
        "Signature-Input",
        () => `sig1=("@authority" "@evil" "signature-agent";key="sig1")${params()}`,
      )(),
  },
  "a component with an unknown parameter": {
    expected: "invalid unsupported-component",
    fields: () =>
      edit(
        "Signature-Input",
        () => `sig1=("@authority" "accept";x "signature-agent";key="sig1")${params()}`,
      )(),
  },
  "a trailer": {
    expected: "invalid unsupported-component",
    fields: () =>
      edit(
        "Signature-Input",
        () => `sig1=("@authority" "x";tr "signature-agent";key="sig1")${params()}`,
      )(),
  },
  "a response's status": {
    expected: "invalid unsupported-component",
    fields: () =>
      edit(
        "Signature-Input",
        () => `sig1=("@authority" "@status" "signature-agent";key="sig1")${params()}`,
      )(),
  },
  "a strict form of a field of unknown type": {
    expected: "invalid unsupported-component",
    fields: edit(
      "signature-input",
      (value) => value.replace('"x-odd"', '"x-odd";sf'),
      () => covering('"@authority" "x-odd"', { "x-odd": "1" }),
    ),
  },
  "a field that is not there": {
    expected: "invalid component-unavailable",
    fields: () =>
      edit(
        "Signature-Input",
        () => `sig1=("@authority" "cookie" "signature-agent";key="sig1")${params()}`,
      )(),
  },
  "a query parameter that occurs twice": {
    expected: "invalid component-unavailable",
    over: { url: "https://site.example/?a=1&a=2" },
    fields: () =>
      edit(
        "Signature-Input",
        () => `sig1=("@authority" "@query-param";name="a" "signature-agent";key="sig1")${params()}`,
      )(),
  },
  "a line break in a covered field": {
    expected: "invalid component-unavailable",
    fields: async () => ({
      ...(await covering('"@authority" "accept"', { accept: "x" })),
      accept: 'x\n"@method": GET',
    }),
  },
  "a published test key": {
    expected: "invalid test-key",
    fields: () => withParams({ keyid: '"poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"' }),
  },
  "another host": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    over: { url: "https://victim.example/page?a=1" },
    fields: () => sign(keys),
  },
  "a query that is another, apostrophes and all": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    over: { url: "https://site.example/?q=its%27" },
    fields: () =>
      covering(
        '"@target-uri" "@query"',
        {},
        { url: "https://site.example/", rawTarget: "/?q=it's" },
      ),
  },
  "a target whose runtime may have rewritten it": {
    expected: "unverified target-rewritten",
    fetches: 1,
    over: { url: "https://site.example/b", rawTarget: "/b", isRewritten: true },
    fields: () =>
      covering('"@authority" "@path"', {}, { url: "https://site.example/", rawTarget: "/a/../b" }),
  },
  "another field under a target that may have been rewritten": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    over: { rawTarget: "/page?a=1", isRewritten: true },
    fields: async () => ({
      ...(await covering('"@authority" "accept"', { accept: "a/b" })),
      accept: "c/d",
    }),
  },
  "dot segments that the signer did not sign": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    over: { url: "https://site.example/b", rawTarget: "/b" },
    fields: () =>
      covering('"@path" "@authority"', {}, { url: "https://site.example/", rawTarget: "/a/../b" }),
  },
  "an empty path": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    over: { url: "https://site.example/", rawTarget: "/" },
    fields: () =>
      covering('"@path" "@authority"', {}, { url: "https://site.example/", rawTarget: "?" }),
  },
  "a final dot that Host does not have": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    over: { url: "https://site.example/page" },
    fields: () =>
      covering('"@authority"', { host: "site.example" }, { url: "https://site.example./page" }),
  },
  "a flipped bit": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    fields: edit("Signature", (value) =>
      value.replace(/:(.)/, (_, first) => (first === "A" ? ":B" : ":A")),
    ),
  },
  "a signature that is too short": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    fields: edit("Signature", () => "sig1=:AAAA:"),
  },
  "an empty signature": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    fields: edit("Signature", () => "sig1=::"),
  },
  "a type added to the agent": {
    expected: "invalid signature-mismatch",
    fetches: 1,
    fields: append("Signature-Agent", ";type=directory"),
  },
  "a key of another listed agent": {
    expected: "unverified unknown-key",
    fetches: 1,
    fields: () => sign(keys, { agent: "https://other.example" }),
    agent: "https://other.example",
  },
  "a broken signature beside one by an unknown key": {
    expected: "invalid signature-mismatch",
    fetches: 2,
    fields: async () => {
      const fields = await signAs(keys, { label: "sig2", agent: "https://other.example" });
      return {
        "Signature-Agent": `sig1="${AGENT}", ${fields["Signature-Agent"]}`,
        "Signature-Input": `${fields["Signature-Input"]}, sig1=("@authority" "signature-agent";key="sig1")${params()}`,
        Signature: `sig1=:${"A".repeat(86)}==:, ${fields["Signature"]}`,
      };
    },
  },
};

test("the table has room for both kinds", () => {
  expect(Object.keys(honest).length + Object.keys(hostile).length).toBeGreaterThan(100);
});

describe.each([
  ["odd but honest", honest],
  ["hostile", hostile],
] as const)("%s", (_, table) => {
  test.each(Object.entries(table))("%s", async (_, { fields, over, expected, fetches, agent }) => {
    const { keys: source, asked } = directories(answers, {
      allow: [AGENT, "https://other.example"],
      ownHosts: ["site.example"],
    });
    const verdict = await verifyMessage(message(await fields(), over), source, {
      now: NOW,
      ...source,
    });
    expect(`${verdict.verdict} ${verdict.reason}`).toBe(expected);
    expect(verdict.agent).toBe(agent ?? verdict.agent);
    expect(asked).toHaveLength(fetches ?? 0);
  });
});

test("workerd says the same of all of them", async () => {
  const worker = await startBareWorker(WORKER);
  try {
    const all = Object.entries({ ...honest, ...hostile });
    const network = { answers, allow: [AGENT, "https://other.example"] };
    const cases = await Promise.all(
      all.map(async ([, { fields, over }]) => ({ fields: await fields(), over, network })),
    );
    const body = JSON.stringify(cases);
    const response = await fetch(worker.url, { method: "POST", body });
    const verdicts = (await response.json()) as WorkerVerdict[];
    const got = all.map(([name], i) => [name, verdicts[i]?.verdict, verdicts[i]?.fetches]);
    expect(got).toEqual(all.map(([name, { expected, fetches }]) => [name, expected, fetches ?? 0]));
  } finally {
    worker.close();
  }
});
