// One fault in each request, everything else right: what `verify` concludes, as the proxy would.
import { createPrivateKey, sign, type JsonWebKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateKeys } from "../../src/agent/web-bot-auth/index.ts";
import { runCommand } from "../support/cli.ts";

const AGENT = "https://signer.test";
const NOW = 1_790_000_000;
const { privateJwk, directory } = await generateKeys();
const keyid = String(privateJwk["kid"]);

const AUTHORITY = '"@authority"';
const MEMBER = '"signature-agent";key="sig1"';
const TEXT = '{"a":1}';
/** The digest of no content at all. */
const DIGEST = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

/** A request that is signed correctly, but for what is given here. */
interface Fault {
  readonly covers?: readonly string[];
  /** Values that the signer puts into the signature base. */
  readonly signs?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, number | undefined>>;
  /** Fields of the request; null for one that is not sent. */
  readonly fields?: Readonly<Record<string, string | null>>;
  readonly now?: number;
  readonly body?: string;
}

const FAULTS: Readonly<Record<string, [verdict: string, reason: string, fault: Fault]>> = {
  "no fault": ["verified", "ok", {}],
  "content with its digest": [
    "verified",
    "ok",
    {
      covers: [AUTHORITY, '"content-digest"', MEMBER],
      signs: { '"content-digest"': DIGEST },
      fields: { "Content-Digest": DIGEST },
      body: "",
    },
  ],
  "no target covered": ["invalid", "target-not-covered", { covers: [MEMBER] }],
  "no expiry": ["invalid", "missing-parameter", { params: { expires: undefined } }],
  "an expiry that is over": ["invalid", "expired", { params: { expires: NOW - 1 } }],
  "a clock that is ahead": ["invalid", "created-in-future", { now: NOW - 3600 }],
  "another authority": [
    "invalid",
    "signature-mismatch",
    { signs: { [AUTHORITY]: "elsewhere.example" } },
  ],
  "an empty path": [
    "invalid",
    "signature-mismatch",
    { covers: [AUTHORITY, '"@path"', MEMBER], signs: { '"@path"': "" } },
  ],
  "other content": [
    "invalid",
    "content-digest-mismatch",
    {
      covers: [AUTHORITY, '"content-digest"', MEMBER],
      signs: { '"content-digest"': DIGEST },
      fields: { "Content-Digest": DIGEST },
      body: TEXT,
    },
  ],
  "a field that was not sent": [
    "invalid",
    "component-unavailable",
    { covers: [AUTHORITY, '"content-digest"', MEMBER], signs: { '"content-digest"': DIGEST } },
  ],
  "a list that does not end": [
    "invalid",
    "malformed-signature-input",
    { fields: { "Signature-Input": `sig1=("@authority";created=${NOW};tag="web-bot-auth"` } },
  ],
  "another label": [
    "invalid",
    "label-mismatch",
    { fields: { Signature: `other=:${"A".repeat(86)}==:` } },
  ],
  "no agent": [
    "unverified",
    "no-signature-agent",
    { covers: [AUTHORITY], fields: { "Signature-Agent": null } },
  ],
  "two agents without a choice": [
    "invalid",
    "ambiguous-signature-agent",
    {
      covers: [AUTHORITY, '"signature-agent"'],
      signs: { '"signature-agent"': `a="${AGENT}", b="https://b.test"` },
      fields: { "Signature-Agent": `a="${AGENT}", b="https://b.test"` },
    },
  ],
  "another member than the covered one": [
    "invalid",
    "component-unavailable",
    { fields: { "Signature-Agent": `other="${AGENT}"` } },
  ],
  "an agent without TLS": [
    "invalid",
    "signature-agent-not-https",
    {
      signs: { [MEMBER]: '"http://signer.test"' },
      fields: { "Signature-Agent": 'sig1="http://signer.test"' },
    },
  ],
  "an agent with a path": [
    "unverified",
    "unknown-key",
    {
      signs: { [MEMBER]: `"${AGENT}/keys"` },
      fields: { "Signature-Agent": `sig1="${AGENT}/keys"` },
    },
  ],
  "an agent whose String does not end": [
    "invalid",
    "malformed-signature-agent",
    { fields: { "Signature-Agent": `sig1="${AGENT}` } },
  ],
  "a component that is covered twice": [
    "invalid",
    "duplicate-component",
    { covers: [AUTHORITY, AUTHORITY, MEMBER] },
  ],
};

function lineOf(name: string, lifetime: number, fault: Fault): string {
  const { covers = [AUTHORITY, MEMBER], signs = {}, fields = {}, now = NOW, body } = fault;
  const params = { created: NOW - 60, expires: NOW - 60 + lifetime, ...fault.params };
  const times = Object.entries(params).filter(([, value]) => value !== undefined);
  const text = times.map(([key, value]) => `;${key}=${value}`).join("");
  const input = `(${covers.join(" ")})${text};keyid="${keyid}";alg="ed25519";tag="web-bot-auth"`;
  const values: Record<string, string> = {
    [AUTHORITY]: "site.example",
    [MEMBER]: `"${AGENT}"`,
    ...signs,
  };
  const base = covers.map((id) => `${id}: ${values[id]}`);
  const octets = Buffer.from([...base, `"@signature-params": ${input}`].join("\n"));
  const key = createPrivateKey({ key: privateJwk as unknown as JsonWebKey, format: "jwk" });
  const headers = {
    "Signature-Agent": `sig1="${AGENT}"`,
    "Signature-Input": `sig1=${input}`,
    Signature: `sig1=:${sign(null, octets, key).toString("base64")}:`,
    ...fields,
  };
  return JSON.stringify({
    id: name,
    method: body === undefined ? "GET" : "POST",
    url: "https://site.example/",
    headers: Object.entries(headers).filter(([, value]) => value !== null),
    now,
    body,
  });
}

describe("verify", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-faults-"));
    writeFileSync(join(folder, "keys.json"), JSON.stringify({ [AGENT]: directory }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["five minutes", 300, []],
    ["a century", 3_155_760_000, ["--max-age", "3155760000"]],
  ])("tells each fault of a signature that is valid for %s", async (_, lifetime, more) => {
    const lines = Object.entries(FAULTS).map(([name, [, , fault]]) =>
      lineOf(name, lifetime, fault),
    );
    const argv = ["verify", "--keys", "keys.json", ...more];
    const { out, err } = await runCommand(folder, argv, `${lines.join("\n")}\n`);
    expect(err).toBe("");
    const got = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(got.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual(
      Object.entries(FAULTS).map(([name, [verdict, reason]]) => [name, verdict, reason]),
    );
  });
});
