import { generateKeys, signMessage } from "../../../src/agent/web-bot-auth/index.ts";
import type { Attack } from "../attack.ts";

const feature = "agents";
const { privateJwk } = await generateKeys();
const ACCEPTS = { accept: "text/html", "accept-encoding": "identity" };
const plain = () => ({ target: "/plain/1" });

function signed(n: number, agent: string, label = "sig1"): Promise<Record<string, string>> {
  const created = Math.floor(Date.now() / 1000);
  const options = { agent, label, created, expires: created + 200, nonce: btoa(`${n}`.padEnd(60)) };
  return signMessage({ method: "GET", url: "https://site.example/plain/1" }, privateJwk, options);
}

/** Members of several signatures in one request. */
async function together(n: number, labels: number): Promise<Record<string, string>> {
  const all = await Promise.all(
    Array.from({ length: labels }, (_, i) => signed(n, "https://signer.example", `s${i}`)),
  );
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))];
  return Object.fromEntries(names.map((name) => [name, all.map((each) => each[name]).join(", ")]));
}

const many = await Promise.all([together(1, 8), together(1, 40)]);

export const identityAttacks: readonly Attack[] = [
  {
    feature,
    name: "signed with a key that nobody knows",
    request: async (n) => ({
      target: "/plain/1",
      fields: { ...ACCEPTS, ...(await signed(n, "https://signer.example")) },
    }),
    plain,
  },
  {
    feature,
    name: "signed, another key directory each",
    onNodeOnly: true,
    request: async (n) => ({
      target: "/plain/1",
      fields: { ...ACCEPTS, ...(await signed(n, `https://d${n}.attacker.example`)) },
    }),
    plain,
  },
  ...many.map((fields, i): Attack => ({
    feature,
    name: `${["8", "40"][i]} signatures in one request`,
    request: () => ({ target: "/plain/1", fields: { ...ACCEPTS, ...fields } }),
    plain,
  })),
  {
    feature,
    name: "a Signature-Input of 12 KB",
    request: (n) => ({
      target: "/plain/1",
      fields: {
        ...ACCEPTS,
        "signature-agent": '"https://signer.example"',
        "signature-input": `sig1=(${'"@authority" '.repeat(900)});created=${n};tag="web-bot-auth"`,
        signature: "sig1=:AAAA:",
      },
    }),
    plain,
  },
  {
    feature,
    name: "Signature fields that can't be read",
    request: (n) => ({
      target: "/plain/1",
      fields: {
        ...ACCEPTS,
        "signature-agent": '"https://signer.example"',
        "signature-input": `${"sig=(".repeat(2000)}${n}`,
        signature: "a=:".repeat(1000),
      },
    }),
    plain,
  },
  {
    feature,
    name: "a User-Agent that claims a bot with DNS names",
    onNodeOnly: true,
    request: () => ({ target: "/plain/1", fields: { ...ACCEPTS, "user-agent": "NamedBot/1" } }),
    plain,
  },
  {
    feature,
    name: "the same, another address of a /64 each",
    onNodeOnly: true,
    rules: { agents: { trustedProxyHops: 1 } },
    request: (n) => ({
      target: "/plain/1",
      fields: {
        ...ACCEPTS,
        "user-agent": "NamedBot/1",
        "x-forwarded-for": `2001:db8::${(n + 1).toString(16)}`,
      },
    }),
    plain,
  },
  {
    feature,
    name: "a User-Agent of 8 KB",
    request: (n) => ({
      target: "/plain/1",
      fields: { ...ACCEPTS, "user-agent": `${"Bot/1 (compatible; x) ".repeat(370)}${n}` },
    }),
    plain,
  },
];
