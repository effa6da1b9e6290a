import { joinSignals } from "../../http/content-signal.ts";
import { signalOfUsage, usageOfSignal } from "../../http/content-usage.ts";
import { parseLinks, withoutRelation } from "../../http/link.ts";
import type { SignalsPolicy } from "./policy.ts";
import type { SignalsReason } from "./reasons.ts";

/** The fields that a response gets. */
export interface StatedFields {
  readonly signal?: string;
  readonly usage?: string;
  /** A value of Link to append. */
  readonly license?: string;
  /** The origin server's Link without its license. */
  readonly link?: string;
}

/** Whether a response gets signals. */
type SignalsDecision =
  | { readonly kind: "state"; readonly fields: StatedFields }
  | { readonly kind: "declined"; readonly reason: Exclude<SignalsReason, SignalsDone | "method"> };

type SignalsDone = "stated" | "license-made" | "license-not-made";

/** The fields of a response about its use. */
export interface OwnSignals {
  readonly signal?: string | undefined;
  readonly usage?: string | undefined;
  readonly link?: string | undefined;
  /** Whether the page itself states the signal, to which the rule's signals are added. */
  readonly isOfPage?: boolean;
}

/** Statuses of content; a 304 leaves the fields of the stored response unchanged. */
const OF_CONTENT = new Set([200, 203, 206]);

/**
 * Decides from the response. Content-Signal and Content-Usage never contradict each other: a field
 * that the origin server sends alone also decides about the other.
 *
 * @param license the URL of the license, if there is one
 */
export function decideSignals(
  status: number,
  own: OwnSignals,
  policy: SignalsPolicy,
  license?: string,
): SignalsDecision {
  if (!OF_CONTENT.has(status)) return { kind: "declined", reason: "status" };
  const found = policy.override ? { link: own.link } : own;
  const rule = formatSignal(policy);
  const known = found.signal ?? signalOfUsage(found.usage ?? "");
  const isComplete = found.signal !== undefined && own.isOfPage !== true;
  const signal = isComplete ? known : known === "" ? rule : joinSignals(known, rule);
  const usage = policy.contentUsage && found.usage === undefined ? usageOfSignal(signal) : "";
  const fields = {
    ...(isComplete || signal === "" ? {} : { signal }),
    ...(usage === "" ? {} : { usage }),
    ...licenseFields(found.link, policy, license),
  };
  if (Object.keys(fields).length > 0) return { kind: "state", fields };
  const isSilent = rule === "" && license === undefined;
  return { kind: "declined", reason: isSilent ? "nothing-said" : "origin-has-its-own" };
}

function licenseFields(
  link: string | undefined,
  { override }: SignalsPolicy,
  url: string | undefined,
): Pick<StatedFields, "license" | "link"> {
  if (url === undefined) return {};
  const isNamed = parseLinks(link).some(({ rel }) => rel.includes("license"));
  if (isNamed && !override) return {};
  const license = `<${url}>; rel="license"; type="application/rsl+xml"`;
  return isNamed ? { license, link: withoutRelation(link ?? "", "license") } : { license };
}

/** By policy, since each response with content has the signal. */
const formatted = new WeakMap<SignalsPolicy, string>();

/** Formats Content-Signal (draft-romm-aipref-contentsignals); an absent signal says nothing. */
export function formatSignal(policy: SignalsPolicy): string {
  const known = formatted.get(policy);
  if (known !== undefined) return known;
  const signal = writeSignal(policy);
  formatted.set(policy, signal);
  return signal;
}

function writeSignal({ search, aiInput, aiTrain, use }: SignalsPolicy): string {
  const answers = { search, "ai-input": aiInput, "ai-train": aiTrain };
  const parts = Object.entries(answers).flatMap(([name, answer]) =>
    answer === undefined ? [] : [`${name}=${answer ? "yes" : "no"}`],
  );
  return [...parts, ...(use === undefined ? [] : [`use=${use}`])].join(", ");
}
