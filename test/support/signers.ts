// Four signers that share no code with the verifier, for requests as agents in the field send them.
import { execFile } from "node:child_process";
import { createPrivateKey, type JsonWebKey as NodeJwk } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createSigner, httpbis } from "http-message-signatures";
import { component, createSignature } from "http-message-sig";
import { signatureHeaders } from "web-bot-auth";
import { signerFromJWK } from "web-bot-auth/crypto";
import type { PrivateJwk } from "../../src/agent/web-bot-auth/index.ts";
import { thumbprint } from "../../src/agent/web-bot-auth/thumbprint.ts";

const run = promisify(execFile);

/** A request to sign, as an agent's code has it. */
export interface ToSign {
  readonly method: string;
  /** The URL as text, in which an agent may write any character. */
  readonly url: string;
  /** Names of derived components to cover, besides the agent. */
  readonly components: readonly string[];
  readonly agent: string;
  /** Whether Signature-Agent is a legacy String, or a member of a Dictionary. */
  readonly form: "string" | "member";
  readonly created: number;
  readonly expires: number;
}

/** Signs a request; rejects if the signer can't sign it. */
export type Signer = (toSign: ToSign) => Promise<Record<string, string>>;

const agentField = ({ agent, form }: ToSign): string =>
  form === "string" ? JSON.stringify(agent) : `me=${JSON.stringify(agent)}`;
const agentComponent = ({ form }: ToSign): string =>
  form === "string" ? `"signature-agent"` : `"signature-agent";key="me"`;

/** npm web-bot-auth, which signs Fetch requests. */
export function webBotAuth(key: PrivateJwk): Signer {
  return async (toSign) => {
    const { alg: _alg, key_ops: _ops, ...jwk } = key as Record<string, unknown>;
    const { method, url, components } = toSign;
    const agent = agentField(toSign);
    const signed = await signatureHeaders(
      new Request(url, { method, headers: { "Signature-Agent": agent } }),
      await signerFromJWK(jwk),
      {
        created: new Date(toSign.created * 1000),
        expires: new Date(toSign.expires * 1000),
        components: [...components, "signature-agent"] as never,
      },
    );
    return {
      "Signature-Agent": agent,
      "Signature-Input": signed["Signature-Input"],
      Signature: signed.Signature,
    };
  };
}

/** npm http-message-signatures. */
export function httpMessageSignatures(key: PrivateJwk): Signer {
  return async (toSign) => {
    const { method, url, components, created, expires } = toSign;
    const pem = createPrivateKey({ key: key as unknown as NodeJwk, format: "jwk" });
    const algorithm = key.kty === "EC" ? "ecdsa-p256-sha256" : "ed25519";
    const agent = agentField(toSign);
    const { headers } = await httpbis.signMessage(
      {
        key: createSigner(pem, algorithm, await thumbprint(key)),
        name: "sig1",
        fields: [...components, agentComponent(toSign)],
        params: ["created", "expires", "keyid", "alg", "tag"],
        paramValues: {
          created: new Date(created * 1000),
          expires: new Date(expires * 1000),
          tag: "web-bot-auth",
        },
      },
      { method, url, headers: { "signature-agent": agent } },
    );
    const fields = headers as Record<string, string>;
    return {
      "Signature-Agent": agent,
      "Signature-Input": String(fields["Signature-Input"]),
      Signature: String(fields["Signature"]),
    };
  };
}

/** npm http-message-sig. */
export function httpMessageSig(key: PrivateJwk): Signer {
  return async (toSign) => {
    const { method, url, components, created, expires } = toSign;
    const agent = agentField(toSign);
    const { alg: _alg, key_ops: _ops, ...jwk } = key as Record<string, unknown>;
    const cryptoKey = await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["sign"]);
    const covered =
      toSign.form === "string" ? "signature-agent" : component("signature-agent", { key: "me" });
    const signed = await createSignature(
      {
        kind: "request",
        method,
        targetUri: url,
        fields: [{ name: "signature-agent", value: agent }],
      },
      {
        label: "sig7",
        components: [...(components as never[]), covered],
        parameters: {
          created,
          expires,
          keyid: await thumbprint(key),
          alg: "ed25519",
          tag: "web-bot-auth",
        },
        signer: {
          algorithm: "ed25519",
          sign: async (data) =>
            new Uint8Array(await crypto.subtle.sign("Ed25519", cryptoKey, new Uint8Array(data))),
        },
      },
    );
    return {
      "Signature-Agent": agent,
      "Signature-Input": signed.signatureInput,
      Signature: signed.signature,
    };
  };
}

/** A script with openssl, which signs the text of the URL as it is. */
export function openssl(key: PrivateJwk): Signer & { close(): void } {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-openssl-"));
  const pem = join(folder, "key.pem");
  const privateKey = createPrivateKey({ key: key as unknown as NodeJwk, format: "jwk" });
  writeFileSync(pem, privateKey.export({ type: "pkcs8", format: "pem" }));
  let number = 0;
  const sign: Signer = async (toSign) => {
    const { components, created, expires } = toSign;
    const agent = agentField(toSign);
    const ids = [...components.map((name) => `"${name}"`), agentComponent(toSign)];
    const params = `(${ids.join(" ")});created=${created};expires=${expires};keyid="${await thumbprint(key)}";tag="web-bot-auth"`;
    const lines = components.map((name) => `"${name}": ${byHand(toSign, name)}`);
    const last = `${agentComponent(toSign)}: ${JSON.stringify(toSign.agent)}`;
    const base = [...lines, last, `"@signature-params": ${params}`].join("\n");
    const file = join(folder, `base-${number++}`);
    writeFileSync(file, base);
    const { stdout } = await run(
      "openssl",
      ["pkeyutl", "-sign", "-inkey", pem, "-rawin", "-in", file],
      { encoding: "buffer" },
    );
    rmSync(file);
    return {
      "Signature-Agent": agent,
      "Signature-Input": `s=${params}`,
      Signature: `s=:${stdout.toString("base64")}:`,
    };
  };
  return Object.assign(sign, { close: () => rmSync(folder, { recursive: true }) });
}

/** The value of a component, cut from the text of the URL. */
function byHand({ method, url }: ToSign, name: string): string {
  const [, scheme = "", host = "", path = "", query = ""] =
    /^(https?):\/\/([^/?]+)([^?]*)(.*)$/.exec(url) ?? [];
  const values: Record<string, string> = {
    "@method": method,
    "@scheme": scheme,
    "@authority": host,
    "@target-uri": url,
    "@request-target": path + query,
    "@path": path,
    "@query": query || "?",
  };
  return values[name] ?? "";
}
