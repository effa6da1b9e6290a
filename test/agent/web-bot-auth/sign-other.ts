import { WEB_BOT_AUTH_TAG } from "../../../src/agent/web-bot-auth/gate.ts";
import type { PrivateJwk, SignOptions } from "../../../src/agent/web-bot-auth/index.ts";
import { signComponents } from "../../../src/agent/web-bot-auth/sign.ts";

interface OtherOptions extends SignOptions {
  /** `type` of the Dictionary member. */
  readonly type?: "directory" | "jwks_uri" | "cimd";
  readonly label?: string;
  /** Components to cover besides `@authority` and the agent, e.g. `"@method"`, `"accept"`. */
  readonly cover?: readonly string[];
}

interface RequestToSign {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Signs a request as agents may that are not ours. */
export async function signOther(
  { method, url, fields }: RequestToSign,
  key: PrivateJwk,
  { agent, form, type, label = "sig1", cover = [], ...parameters }: OtherOptions,
): Promise<Record<string, string>> {
  const isLegacy = form === "legacy";
  const member = `${label}=${JSON.stringify(agent)}${type === undefined ? "" : `;type=${type}`}`;
  const signatureAgent = isLegacy ? JSON.stringify(agent) : member;
  const headers = { ...fields, "signature-agent": signatureAgent };
  const signed = await signComponents({ message: { method, url, headers } }, key, {
    ...parameters,
    label,
    covered: [
      `"@authority"`,
      ...cover.map((name) => (name.startsWith('"') ? name : JSON.stringify(name))),
      isLegacy ? `"signature-agent"` : `"signature-agent";key="${label}"`,
    ],
    tag: WEB_BOT_AUTH_TAG,
  });
  return { "Signature-Agent": signatureAgent, ...signed };
}
