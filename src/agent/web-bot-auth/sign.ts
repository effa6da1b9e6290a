import { WEB_BOT_AUTH_TAG } from "./gate.ts";
import type { SignedMessage, SignedResponse } from "./message.ts";
import type { Component } from "./component.ts";
import { buildSignatureBase } from "./signature-base.ts";
import { toOctets } from "./octets.ts";
import { algorithmOf, signBytes, type PrivateJwk } from "./private-key.ts";
import { thumbprint, toBase64 } from "./thumbprint.ts";
import { parseDictionary } from "./structured-field.ts";

export interface SignOptions {
  /** The signature agent: an origin, or a URL for the forms that name a document. */
  readonly agent: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly expires: number;
  readonly nonce?: string;
  /** How Signature-Agent is written. @default "dictionary" */
  readonly form?: "dictionary" | "legacy";
  /** `type` of the Dictionary member. */
  readonly type?: "directory" | "jwks_uri" | "cimd";
  /** @default "sig1" */
  readonly label?: string;
  /** Component identifiers to cover besides `@authority` and the agent, e.g. `"@method"`, `"accept"`. */
  readonly cover?: readonly string[];
}

export interface RequestToSign {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Signs a request as a Web Bot Auth agent and gives the fields to add to it. */
export async function signMessage(
  request: RequestToSign,
  key: PrivateJwk,
  options: SignOptions,
): Promise<Record<string, string>> {
  const label = options.label ?? "sig1";
  const legacy = options.form === "legacy";
  const agent = JSON.stringify(options.agent);
  const type = options.type === undefined ? "" : `;type=${options.type}`;
  const signatureAgent = legacy ? agent : `${label}=${agent}${type}`;
  const covered = [
    `"@authority"`,
    ...(options.cover ?? []).map((name) => (name.startsWith('"') ? name : JSON.stringify(name))),
    legacy ? `"signature-agent"` : `"signature-agent";key="${label}"`,
  ];
  const fields = { ...request.fields, "signature-agent": signatureAgent };
  const signed = await signComponents(
    {
      method: request.method,
      url: request.url,
      field: (name) => (fields as Record<string, string>)[name],
    },
    key,
    { ...options, label, covered, tag: WEB_BOT_AUTH_TAG },
  );
  return { "Signature-Agent": signatureAgent, ...signed };
}

export interface ComponentSigning {
  readonly label: string;
  readonly covered: readonly string[];
  readonly created: number;
  readonly expires: number;
  readonly nonce?: string;
  readonly tag: string;
}

/** Signs the given components of a message; throws where one is not there, for a signer's own mistake. */
export async function signComponents(
  message: SignedMessage | SignedResponse,
  key: PrivateJwk,
  options: ComponentSigning,
): Promise<Record<"Signature-Input" | "Signature", string>> {
  const keyid = await thumbprint(key);
  const algorithm = algorithmOf(key);
  const nonce = options.nonce === undefined ? "" : `;nonce=${JSON.stringify(options.nonce)}`;
  const input =
    `${options.label}=(${options.covered.join(" ")});created=${options.created}` +
    `;expires=${options.expires};keyid="${keyid}";alg="${algorithm}"${nonce};tag="${options.tag}"`;
  const parsed = parseDictionary(input, 1, Infinity);
  const member = parsed.kind === "parsed" ? parsed.value.get(options.label) : undefined;
  if (member?.kind !== "inner-list") throw new TypeError(`cannot be signed: ${input}`);
  const components = member.items.map(({ value, params, text }): Component => ({
    name: String(value.value),
    params,
    text,
  }));
  const base = buildSignatureBase(message, components, member.text);
  const data = base.kind === "base" ? toOctets(base.text) : undefined;
  if (data === undefined) throw new TypeError(`a covered component is missing: ${input}`);
  const signature = await signBytes(key, data);
  return {
    "Signature-Input": `${options.label}=${member.text}`,
    Signature: `${options.label}=:${toBase64(signature)}:`,
  };
}
