import { describe, expect, test } from "vitest";
import type { Component } from "../../src/agent/web-bot-auth/component.ts";
import { importVerificationKey, verifyBytes } from "../../src/agent/web-bot-auth/keys.ts";
import type { SignedMessage, SignedResponse } from "../../src/agent/web-bot-auth/message.ts";
import { buildSignatureBase } from "../../src/agent/web-bot-auth/signature-base.ts";
import { toOctets } from "../../src/agent/web-bot-auth/octets.ts";
import { parseDictionary } from "../../src/agent/web-bot-auth/structured-field.ts";
import { hasVectors, needed, readVectors } from "./vectors.ts";

interface Message {
  readonly kind: "request" | "response";
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
}
interface Vectors {
  readonly keys: Readonly<
    Record<string, { readonly jwk: Readonly<Record<string, unknown>>; readonly base64: string }>
  >;
  readonly vectors: readonly {
    readonly id: string;
    readonly message: Message;
    readonly label: string;
    readonly key: string;
    readonly alg: string;
    readonly signatureBase: string | null;
    readonly expected: "verified" | "invalid";
  }[];
}

describe("RFC 9421 Appendix B", needed, () => {
  const { keys, vectors } = hasVectors
    ? (readVectors("rfc9421-appendix-b.json") as Vectors)
    : { keys: {}, vectors: [] };

  test("has 13 vectors", () => {
    expect(vectors).toHaveLength(13);
  });

  for (const vector of vectors) {
    test(`vector ${vector.id}`, async () => {
      const message = toMessage(vector.message);
      const input = member(message, "signature-input", vector.label);
      const signature = member(message, "signature", vector.label);
      if (input.kind !== "inner-list" || signature.kind !== "item")
        throw new TypeError("malformed");
      const components = input.items.map(({ value, params, text }): Component => ({
        name: String(value.value),
        params,
        text,
      }));
      const base = buildSignatureBase(message, components, input.text);
      if (typeof base !== "string") throw new TypeError(base.reason);
      expect(base).toBe(vector.signatureBase ?? base);
      const octets = toOctets(base)!;
      const bytes = signature.value.value as Uint8Array<ArrayBuffer>;
      const verified =
        vector.alg === "hmac-sha256"
          ? await verifyHmac(keys[vector.key]!.base64, bytes, octets)
          : await verifyPublic(keys[vector.key]!.jwk, bytes, octets);
      expect(verified).toBe(vector.expected === "verified");
    });
  }
});

function toMessage(message: Message): SignedMessage | SignedResponse {
  const field = (name: string): string | undefined => {
    const lines = message.headers.filter(([key]) => key.toLowerCase() === name);
    return lines.length === 0 ? undefined : lines.map(([, value]) => value).join(", ");
  };
  const request = { method: message.method, url: message.url, field };
  return message.kind === "request" ? request : { status: message.status, request, field };
}

function member(message: { field(name: string): string | undefined }, name: string, label: string) {
  const parsed = parseDictionary(message.field(name) ?? "", 8, 16);
  const found = parsed.kind === "parsed" ? parsed.value.get(label) : undefined;
  if (found === undefined) throw new TypeError(`no ${label} in ${name}`);
  return found;
}

async function verifyPublic(
  jwk: Readonly<Record<string, unknown>>,
  signature: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const { kty, crv, x, y, n, e } = jwk;
  const key = await importVerificationKey({ kty, crv, x, y, n, e }, { allowTestKeys: true });
  if (key === undefined) throw new TypeError("the key is refused");
  return verifyBytes(key, signature, data);
}

// The verifier refuses HMAC; what the vector shows here is the base.
async function verifyHmac(
  secret: string,
  signature: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey(
    "raw",
    Buffer.from(secret, "base64"),
    algorithm,
    false,
    ["verify"],
  );
  return crypto.subtle.verify("HMAC", key, signature, data);
}
