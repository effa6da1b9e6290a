import { createPrivateKey, sign, type JsonWebKey } from "node:crypto";
import type { PrivateJwk, SignedMessage } from "../../../src/agent/web-bot-auth/index.ts";
import { parseDictionary } from "../../../src/agent/web-bot-auth/structured-field.ts";
import { oracleBase } from "./oracle.ts";

/**
 * Signs exactly this Inner List with parameters under the label `sig1`, besides the signatures that
 * there are already; an empty agent sends none.
 */
export function signRaw(
  key: PrivateJwk,
  input: string,
  agent: string,
  more: Readonly<Record<string, string>>,
  over: Partial<Omit<SignedMessage, "field">>,
): Promise<Record<string, string>> {
  const { "signature-input": inputs, signature: signatures } = more;
  const before = (member: string | undefined) => (member === undefined ? "" : `${member}, `);
  const fields: Record<string, string> = {
    ...more,
    "signature-input": `${before(inputs)}sig1=${input}`,
  };
  if (agent !== "") fields["signature-agent"] = agent;
  const parsed = parseDictionary(`sig1=${input}`, 8, 64);
  const text = parsed.kind === "parsed" ? (parsed.value.get("sig1")?.text ?? input) : input;
  const url = over.url ?? "https://site.example/page?a=1";
  const base = oracleBase({ method: "GET", url, rawTarget: over.rawTarget, fields }, text);
  const jwk = { kty: key.kty, crv: key["crv"], x: key["x"], d: key.d } as JsonWebKey;
  const signature = sign(
    null,
    Buffer.from(base, "latin1"),
    createPrivateKey({ key: jwk, format: "jwk" }),
  );
  return Promise.resolve({
    ...fields,
    signature: `${before(signatures)}sig1=:${signature.toString("base64")}:`,
  });
}
