import { describe, expect, test } from "vitest";
import {
  generateKeys,
  parsePrivateJwk,
  publicDirectory,
} from "../../../src/agent/web-bot-auth/index.ts";
import { importVerificationKey, verifyBytes } from "../../../src/agent/web-bot-auth/keys.ts";
import { isTestKey } from "../../../src/agent/web-bot-auth/test-keys.ts";
import { thumbprint } from "../../../src/agent/web-bot-auth/thumbprint.ts";
import { NOW } from "./fixtures.ts";
import { signOther } from "./sign-other.ts";

const { privateJwk, directory } = await generateKeys();
const [published = {}] = directory.keys;
const base64url = (bytes: number): string => Buffer.alloc(bytes, 0xc5).toString("base64url");
const RFC8037 = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

describe("a public key", () => {
  test.each([
    ["null", null],
    ["a list", []],
    ["a private key", privateJwk],
    ["a secret", { kty: "oct", k: "AAAA" }],
    ["a secret without itself", { kty: "oct" }],
    ["X25519", { ...published, crv: "X25519" }],
    ["P-384", { kty: "EC", crv: "P-384", x: base64url(48), y: base64url(48) }],
    ["half a point", { kty: "EC", crv: "P-256", x: base64url(32) }],
    ["a point off the curve", { kty: "EC", crv: "P-256", x: base64url(32), y: base64url(32) }],
    ["x of 31 bytes", { ...published, x: base64url(31) }],
    ["x in base64", { ...published, x: `${"A".repeat(42)}=` }],
    ["x of another type", { ...published, x: 7 }],
    ["RSA of 1024 bits", { kty: "RSA", n: base64url(128), e: "AQAB" }],
    ["RSA of 16384 bits", { kty: "RSA", n: base64url(2048), e: "AQAB" }],
    ["RSA with a huge exponent", { kty: "RSA", n: base64url(256), e: base64url(32) }],
    ["RSA for RS256", { kty: "RSA", n: base64url(256), e: "AQAB", alg: "RS256" }],
    ["for encryption", { ...published, use: "enc" }],
    ["with key_ops that are none", { ...published, key_ops: "verify" }],
    ["a test key", RFC8037],
  ])("that is %s is refused", async (_, jwk) => {
    expect(await importVerificationKey(jwk)).toBeUndefined();
  });

  test("says which algorithm it is for, and nothing else does", async () => {
    const imported = await importVerificationKey({ ...published, alg: "Ed25519", kid: "x" });
    expect(imported).toMatchObject({ algorithm: "ed25519", thumbprint: privateJwk["kid"] });
  });

  test("refuses a signature of another length without an exception", async () => {
    const key = await importVerificationKey(published);
    if (key === undefined) throw new TypeError("refused");
    for (const length of [0, 1, 63, 64, 65, 4000]) {
      expect(await verifyBytes(key, new Uint8Array(length), new Uint8Array(1))).toBe(false);
    }
  });

  test("that a specification prints with its private half is known as such", async () => {
    expect(isTestKey(await thumbprint({ ...RFC8037, kty: "OKP", crv: "Ed25519" }))).toBe(true);
    expect(await importVerificationKey(RFC8037, { allowTestKeys: true })).toBeDefined();
  });
});

describe("a private key", () => {
  test("reads the file that it wrote", () => {
    expect(parsePrivateJwk(JSON.parse(JSON.stringify(privateJwk)))).toEqual(privateJwk);
    for (const document of [null, 1, {}, published, { ...privateJwk, x: "A" }]) {
      expect(parsePrivateJwk(document)).toBeUndefined();
    }
  });

  test("is published without its private half", async () => {
    expect(await publicDirectory([privateJwk])).toEqual(directory);
  });

  test("does not sign a component that is absent", async () => {
    const signing = signOther({ method: "GET", url: "https://x.example/" }, privateJwk, {
      agent: "https://signer.example",
      created: NOW,
      expires: NOW + 1,
      cover: ["accept"],
    });
    await expect(signing).rejects.toThrow('No header "accept"');
  });
});
