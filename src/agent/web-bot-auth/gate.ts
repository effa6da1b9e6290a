import { isInput, isSignature, readCandidate, type Candidate } from "./candidate.ts";
import type { Inputs } from "./chain.ts";
import type { SignedMessage } from "./message.ts";
import { faultReason, invalid, unverified, type Refusal } from "./reasons.ts";
import { parseSignatureAgent, type SignatureAgentField } from "./signature-agent.ts";
import { parseDictionary } from "./structured-field.ts";

/** The `tag` of the Web Bot Auth profile. */
export const WEB_BOT_AUTH_TAG = "web-bot-auth";

/** Bounds that are checked before any parsing, cryptography or fetch. */
export const LIMITS = { fieldBytes: 4096, labels: 8, candidates: 2, components: 16 } as const;

interface SignatureCandidates {
  readonly kind: "candidates";
  /** One for each label with our tag; a label in one field only concerns no other label. */
  readonly candidates: readonly (Candidate | Refusal)[];
  readonly agents: SignatureAgentField | undefined;
  readonly inputs: Inputs;
}

/** Reads the signature fields. A returned Refusal concerns the message, one in the list a label. */
export function readCandidates(
  message: SignedMessage,
  signatureInput: string,
): SignatureCandidates | Refusal {
  const signature = message.field("signature");
  const signatureAgent = message.field("signature-agent");
  for (const text of [signatureInput, signature, signatureAgent]) {
    if (text !== undefined && text.length > LIMITS.fieldBytes) return invalid("field-too-large");
  }
  const inputs = parseDictionary(signatureInput, LIMITS.labels, LIMITS.components);
  if (inputs.kind === "fault")
    return invalid(faultReason(inputs.fault, "malformed-signature-input"));
  const tagged = [...inputs.value].filter(
    ([, member]) => member.params.get("tag")?.value === WEB_BOT_AUTH_TAG,
  );
  if (tagged.length === 0) return unverified("no-web-bot-auth-signature");
  if (tagged.length > LIMITS.candidates) return invalid("too-many-candidates");
  if (signature === undefined) return invalid("missing-signature");
  const signatures = parseDictionary(signature, LIMITS.labels, LIMITS.components);
  if (signatures.kind === "fault")
    return invalid(faultReason(signatures.fault, "malformed-signature"));
  if (![...inputs.value.values()].every(isInput)) return invalid("malformed-signature-input");
  if (![...signatures.value.values()].every(isSignature)) return invalid("malformed-signature");
  const agents =
    signatureAgent === undefined ? undefined : parseSignatureAgent(signatureAgent, LIMITS.labels);
  if (typeof agents === "string") return invalid(agents);
  const candidates = tagged.map(([label, input]) =>
    readCandidate(label, input, signatures.value.get(label)),
  );
  return { kind: "candidates", candidates, agents, inputs: inputs.value };
}
