// Not the index of the library, which also has the older signatures of Cavage, and needs `node:crypto`.
import { signMessage as signByLibrary } from "http-message-signatures/lib/httpbis/index.js";
import { WEB_BOT_AUTH_TAG } from "./gate.ts";
import { CRYPTO } from "./keys.ts";
import { signBytes, type PrivateJwk } from "./private-key.ts";
import { thumbprint } from "./thumbprint.ts";

export interface SignOptions {
  /** The signature agent: an origin, or a URL for the forms that name a document. */
  readonly agent: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly expires: number;
  readonly nonce?: string | undefined;
  /** How Signature-Agent is written. @default "dictionary" */
  readonly form?: "dictionary" | "legacy";
  /** Request fields that the signature covers, too, by lower-case name, e.g. a price. @default none */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * Signs a request as a Web Bot Auth agent and returns the fields to add. The library
 * http-message-signatures makes the signature base, so that signer and verifier share no code.
 */
export async function signMessage(
  { method, url }: { readonly method: string; readonly url: string },
  key: PrivateJwk,
  { agent, form, fields = {}, ...parameters }: SignOptions,
): Promise<Record<string, string>> {
  const isLegacy = form === "legacy";
  const signatureAgent = (isLegacy ? "" : "sig1=") + JSON.stringify(agent);
  const headers = { ...fields, "signature-agent": signatureAgent };
  const signed = await signComponents({ message: { method, url, headers } }, key, {
    ...parameters,
    label: "sig1",
    covered: [
      `"@authority"`,
      `"signature-agent"${isLegacy ? "" : `;key="sig1"`}`,
      ...Object.keys(fields).map((name) => JSON.stringify(name)),
    ],
    tag: WEB_BOT_AUTH_TAG,
  });
  return { ...fields, "Signature-Agent": signatureAgent, ...signed };
}

/** The parameters of one signature, besides its covered components. */
interface ComponentSigning extends Pick<SignOptions, "created" | "expires" | "nonce"> {
  readonly label: string;
  /** Component identifiers, serialized, e.g. `"@authority";req`. */
  readonly covered: readonly string[];
  readonly tag: string;
}

/** A request to sign, or a response together with its request. */
type ToSign =
  | { readonly message: RequestToSign }
  | { readonly message: ResponseToSign; readonly request: RequestToSign };

/** A request, in the form of the library, whose types the package does not have. */
interface RequestToSign {
  readonly method: string;
  readonly url: string | URL;
  readonly headers: Record<string, string | string[]>;
}

interface ResponseToSign extends Pick<RequestToSign, "headers"> {
  readonly status: number;
}

/** Signs components (RFC 9421 §3.1). Rejects if one is missing or the key unusable. */
export async function signComponents(
  toSign: ToSign,
  key: PrivateJwk,
  { label, covered, created, expires, nonce, tag }: ComponentSigning,
): Promise<Record<"Signature-Input" | "Signature", string>> {
  const config = {
    key: {
      id: await thumbprint(key),
      alg: CRYPTO[key.kty].algorithm,
      sign: async (data: Uint8Array) => Buffer.from(await signBytes(key, new Uint8Array(data))),
    },
    name: label,
    fields: [...covered],
    params: [
      "created",
      "expires",
      "keyid",
      "alg",
      ...(nonce === undefined ? [] : ["nonce"]),
      "tag",
    ],
    paramValues: {
      created: new Date(created * 1000),
      expires: new Date(expires * 1000),
      ...(nonce === undefined ? {} : { nonce }),
      tag,
    },
  };
  // The library would append to existing signatures.
  const { headers } =
    "request" in toSign
      ? await signByLibrary(config, toSign.message, toSign.request)
      : await signByLibrary(config, toSign.message);
  return {
    "Signature-Input": String(headers["Signature-Input"]),
    Signature: String(headers["Signature"]),
  };
}
