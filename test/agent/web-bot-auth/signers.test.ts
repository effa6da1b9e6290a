// Requests that other people's libraries sign, and ours read by them.
import { createPublicKey, verify, type JsonWebKey as NodeJwk } from "node:crypto";
import { createVerifier, httpbis } from "http-message-signatures";
import {
  component,
  createSignature,
  verifySignature,
  webcrypto,
  type SignatureComponent,
} from "http-message-sig";
import { describe, expect, test } from "vitest";
import { signatureHeaders } from "web-bot-auth";
import { signerFromJWK } from "web-bot-auth/crypto";
import {
  generateKeys,
  parsePrivateJwk,
  publicDirectory,
  signMessage,
  verifyMessage,
  type PrivateJwk,
} from "../../../src/agent/web-bot-auth/index.ts";
import { thumbprint } from "../../../src/agent/web-bot-auth/thumbprint.ts";
import { AGENT, DIRECTORY_URL, NOW, directories, message, sign } from "./fixtures.ts";

const url = "https://site.example/page?a=1";
const ed25519 = (await generateKeys()).privateJwk;
const rsa = await makeKey({
  name: "RSA-PSS",
  hash: "SHA-512",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
});
const p256 = await makeKey({ name: "ECDSA", namedCurve: "P-256" });
const all = [
  ["ed25519", ed25519],
  ["rsa-pss-sha512", rsa],
  ["ecdsa-p256-sha256", p256],
] as const;
const published = { [DIRECTORY_URL]: await publicDirectory(all.map(([, key]) => key)) };

async function makeKey(algorithm: RsaHashedKeyGenParams | EcKeyGenParams): Promise<PrivateJwk> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const jwk = parsePrivateJwk(await crypto.subtle.exportKey("jwk", pair.privateKey));
  if (jwk === undefined) throw new TypeError("no key");
  return jwk;
}

async function verdictOn(fields: Readonly<Record<string, string>>) {
  const { keys: source } = directories(published);
  return verifyMessage(message(fields), source, { now: NOW, ...source });
}

const SIGN_AS = {
  ed25519: { name: "Ed25519" },
  "rsa-pss-sha512": { name: "RSA-PSS", saltLength: 64 },
  "ecdsa-p256-sha256": { name: "ECDSA", hash: "SHA-256" },
} as const;

function subtleKey(key: PrivateJwk, algorithm: string): Promise<CryptoKey> {
  const { alg: _, key_ops: __, ...jwk } = key as Record<string, unknown>;
  const as = {
    ed25519: { name: "Ed25519" },
    "rsa-pss-sha512": { name: "RSA-PSS", hash: "SHA-512" },
    "ecdsa-p256-sha256": { name: "ECDSA", namedCurve: "P-256" },
  }[algorithm];
  return crypto.subtle.importKey("jwk", jwk, as!, false, ["sign"]);
}

describe.each(all)("%s", (algorithm, key) => {
  test("signed by ourselves, in both forms", async () => {
    for (const form of ["dictionary", "legacy"] as const) {
      const fields = await signMessage({ method: "GET", url }, key, {
        agent: AGENT,
        created: NOW,
        expires: NOW + 60,
        form,
      });
      expect(await verdictOn(fields)).toMatchObject({ verdict: "verified", agent: AGENT });
      const broken = { ...fields, Signature: fields["Signature"]!.replace(/.{4}:$/, "AAA=:") };
      expect(await verdictOn(broken)).toMatchObject({ reason: "signature-mismatch" });
    }
  });

  test("signed by http-message-sig", async () => {
    const agent = `me="${AGENT}"`;
    const components: SignatureComponent[] = [
      "@method",
      "@authority",
      "@path",
      "@query",
      component("signature-agent", { key: "me" }),
    ];
    const signed = await createSignature(
      {
        kind: "request",
        method: "GET",
        targetUri: url,
        fields: [{ name: "signature-agent", value: agent }],
      },
      {
        label: "sig7",
        components,
        parameters: {
          created: NOW,
          expires: NOW + 300,
          keyid: await thumbprint(key),
          alg: algorithm,
          tag: "web-bot-auth",
        },
        signer: {
          algorithm,
          sign: async (data) =>
            new Uint8Array(
              await crypto.subtle.sign(
                SIGN_AS[algorithm],
                await subtleKey(key, algorithm),
                new Uint8Array(data),
              ),
            ),
        },
      },
    );
    expect(
      await verdictOn({
        "signature-agent": agent,
        "signature-input": signed.signatureInput,
        signature: signed.signature,
      }),
    ).toMatchObject({ verdict: "verified", label: "sig7", agent: AGENT });
  });

  test("signed by http-message-signatures", async () => {
    const cryptoKey = await subtleKey(key, algorithm);
    const signed = await httpbis.signMessage(
      {
        key: {
          id: await thumbprint(key),
          alg: algorithm,
          sign: async (data) =>
            Buffer.from(
              await crypto.subtle.sign(SIGN_AS[algorithm], cryptoKey, new Uint8Array(data)),
            ),
        },
        name: "sig1",
        fields: ["@authority", "@target-uri", "signature-agent"],
        params: ["created", "expires", "keyid", "alg", "tag"],
        paramValues: {
          created: new Date(NOW * 1000),
          expires: new Date((NOW + 60) * 1000),
          tag: "web-bot-auth",
        },
      },
      { method: "GET", url, headers: { "signature-agent": `"${AGENT}"` } },
    );
    expect(await verdictOn(signed.headers as Record<string, string>)).toMatchObject({
      verdict: "verified",
      agent: AGENT,
    });
  });
});

describe.each([all[0], all[1]])("%s", (_, key) => {
  test("signed by web-bot-auth", async () => {
    const agent = `"${AGENT}"`;
    const { alg: _alg, key_ops: _ops, ...jwk } = key as Record<string, unknown>;
    const signed = await signatureHeaders(
      new Request(url, { headers: { "Signature-Agent": agent } }),
      await signerFromJWK({ ...jwk, ...(key.kty === "RSA" && { alg: "PS512" }) }),
      { created: new Date(NOW * 1000), expires: new Date((NOW + 60) * 1000) },
    );
    expect(
      await verdictOn({
        "signature-agent": agent,
        "signature-input": signed["Signature-Input"],
        signature: signed.Signature,
      }),
    ).toMatchObject({ verdict: "verified", agent: AGENT });
  });
});

describe("our signatures are verified by", () => {
  const keys = { privateJwk: ed25519, directory: published[DIRECTORY_URL]! };

  test.each(["dictionary", "legacy"] as const)("http-message-sig, %s", async (form) => {
    const fields = await sign(keys, { form, nonce: "AAAA" });
    const { kty, crv, x } = ed25519 as unknown as Record<string, string>;
    const publicKey = await crypto.subtle.importKey(
      "jwk",
      { kty: kty!, crv: crv!, x: x! },
      "Ed25519",
      false,
      ["verify"],
    );
    const verified = await verifySignature(
      {
        kind: "request",
        method: "GET",
        targetUri: url,
        fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
      },
      {
        label: "sig1",
        policy: {
          algorithms: ["ed25519"],
          requiredComponents: ["@authority"],
          requiredParameters: ["created", "expires", "keyid", "tag"],
          now: NOW,
        },
        resolveVerifier: () => webcrypto.verifier(publicKey),
      },
    );
    expect(verified.label).toBe("sig1");
  });

  test.each(["dictionary", "legacy"] as const)("http-message-signatures, %s", async (form) => {
    const fields = await sign(keys, { form, created: 1, expires: 4_000_000_000 });
    const publicKey = createPublicKey({ key: ed25519 as unknown as NodeJwk, format: "jwk" });
    const pem = publicKey.export({ type: "spki", format: "pem" });
    const verified = await httpbis.verifyMessage(
      {
        keyLookup: () => Promise.resolve({ verify: createVerifier(pem, "ed25519") }),
      },
      { method: "GET", url, headers: fields },
    );
    expect(verified).toBe(true);
    expect(verify(null, Buffer.from("x"), publicKey, Buffer.alloc(64))).toBe(false);
  });
});
