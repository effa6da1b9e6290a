import type { Agent } from "../../../agent/agent.ts";
import { SIGNATURE_EXPLANATIONS } from "../../../agent/explanations.ts";
import type { ProblemName } from "../../../http/problem.ts";
import type { OwnResponse } from "../../../pipeline/stage.ts";
import { refusalOf, type Notice } from "../notice/refusal.ts";
import type { ChallengeDecision } from "./decide.ts";

type Refused = Exclude<ChallengeDecision["kind"], "allow">;

const REFUSALS: Readonly<Record<Refused, { readonly name: ProblemName; readonly detail: string }>> =
  {
    challenge: {
      name: "signature-required",
      detail: "Sign the request as a Web Bot Auth agent, as Accept-Signature says.",
    },
    malformed: { name: "signature-malformed", detail: "" },
    replayed: { name: "signature-replayed", detail: "Sign each request with a new nonce." },
    pending: { name: "directory-pending", detail: "Send the request again." },
  };

/** Seconds after which a refused client may send its request again. */
const RETRY_AFTER: Readonly<Record<string, number>> = {
  "directory-pending": 1,
  // The limit counts new directories of one minute.
  "directory-limit": 60,
};

/** Creates the response to a request that a rule refuses; it names the fault of its signature. */
export function refusal(
  kind: Refused,
  { agent, accept, nonce, notice }: RefusedRequest,
): OwnResponse {
  const { name, detail } = REFUSALS[kind];
  const fault = faultOf(agent);
  const says = fault && `The signature proves nothing: ${fault.says} (${fault.reason}).`;
  // A fault of the signature is named in any case; the rule's message replaces the rest.
  const { message = detail, ...links } = notice;
  const text = [says, message].filter(Boolean).join(" ");
  const retryAfter = kind === "pending" && fault ? RETRY_AFTER[fault.reason] : undefined;
  return refusalOf({
    name,
    detail: text,
    notice: links,
    accept,
    members: fault === undefined ? {} : { signature: fault.reason },
    fields: [
      ...(retryAfter === undefined ? [] : [["retry-after", String(retryAfter)] as const]),
      // Every refused client learns which signature it needs.
      ["accept-signature", acceptSignature(nonce)],
    ],
  });
}

interface RefusedRequest {
  readonly agent: Agent;
  readonly accept: string | undefined;
  /** The nonce that the next signature is to have, if it must have one. */
  readonly nonce: string | undefined;
  /** The rule's message and links for refused clients. */
  readonly notice: Notice;
}

/**
 * Asks for a signature (RFC 9421 §5.1) in both forms of Signature-Agent: most signers send the
 * legacy String, strict ones a member.
 */
function acceptSignature(nonce: string | undefined): string {
  const once = nonce === undefined ? "" : `;nonce="${nonce}"`;
  const params = `;created;expires${once};tag="web-bot-auth"`;
  const forms = ['"signature-agent"', '"signature-agent";key="sig2"'];
  return forms.map((form, i) => `sig${i + 1}=("@authority" ${form})${params}`).join(", ");
}

/** A new nonce: 64 octets in base64, the one length that the signer web-bot-auth accepts. */
export function newNonce(): string {
  const octets = crypto.getRandomValues(new Uint8Array(64));
  return btoa(String.fromCharCode(...octets));
}

const EXPLANATIONS: Readonly<Record<string, string>> = SIGNATURE_EXPLANATIONS;
/** Reasons of requests without a signature. */
const UNSIGNED = new Set(["unsigned", "no-signature"]);

function faultOf({
  reason,
}: Agent): { readonly reason: string; readonly says: string } | undefined {
  if (reason === undefined || UNSIGNED.has(reason)) return undefined;
  return { reason, says: EXPLANATIONS[reason] ?? reason };
}
