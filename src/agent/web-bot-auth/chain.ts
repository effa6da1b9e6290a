import type { Candidate } from "./candidate.ts";
import { unverified, type Refusal, type SignatureVerdict } from "./reasons.ts";
import type { Member } from "./structured-field.ts";

/** The members of Signature-Input, by label. */
export type Inputs = ReadonlyMap<string, Member>;

/**
 * The components of the signatures that a signature covers, serialised: a signer that covers
 * `"signature";key="x"` must cover all components of `x`, too, but they name the agent of `x`.
 */
export function innerComponents(outer: Candidate, inputs: Inputs): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const label of coveredLabels(outer)) {
    const input = inputs.get(label);
    if (input?.kind === "inner-list") for (const { text } of input.items) texts.add(text);
  }
  return texts;
}

/**
 * The verdict on a message. One valid signature is enough. Otherwise the outer signatures of a chain
 * decide, since those are the sender's own; a refuted one outweighs an unverified one.
 */
export function verdictOf(
  verdicts: readonly SignatureVerdict[],
  candidates: readonly (Candidate | Refusal)[],
): SignatureVerdict {
  const inner = new Set(
    candidates.flatMap((each) => ("verdict" in each ? [] : coveredLabels(each))),
  );
  const outer = verdicts.filter(({ label }) => label === undefined || !inner.has(label));
  return (
    outer.find(({ verdict }) => verdict === "verified") ??
    verdicts.find(({ verdict }) => verdict === "verified") ??
    outer.find(({ verdict }) => verdict === "invalid") ??
    outer[0] ??
    verdicts[0] ??
    unverified("no-web-bot-auth-signature")
  );
}

/** The labels of other signatures that a signature covers. */
function coveredLabels({ label, components }: Candidate): readonly string[] {
  return components.flatMap(({ name, params }) => {
    const key = name === "signature" ? params.get("key")?.value : undefined;
    return typeof key === "string" && key !== label ? [key] : [];
  });
}
