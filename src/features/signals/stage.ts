import { oncePer } from "../../http/once-per.ts";
import { isSignalOfPage } from "../../feature/page-signals.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import { exactDocument } from "../../pipeline/exact-document.ts";
import { originOf } from "../../pipeline/exchange.ts";
import type { StageDocument } from "../../pipeline/own-documents.ts";
import type { FieldEdits, FinalOutcome, Stage } from "../../pipeline/stage.ts";
import { decideSignals, type StatedFields } from "./decide.ts";
import { LICENSE, licenseUrl, writeLicense } from "./license.ts";
import type { SignalsPolicy } from "./policy.ts";
import type { SignalsReason } from "./reasons.ts";

/** States the permitted uses of content in fields, and serves the license that the rules give. */
export function signalsStage({
  policies,
}: Pick<FeatureParts, "policies">): Stage<SignalsPolicy, SignalsReason> {
  return {
    documents: [license(policies)],
    onResponse({ status, fields }, exchange, policy) {
      const signal = fields.get("content-signal");
      const usage = fields.get("content-usage");
      const isOfRule = policy.override || (signal === undefined && usage === undefined);
      if (isOfRule && policy.license === false && status === 200) return statedBy(policy);
      const isOfPage = isSignalOfPage.get(exchange) === true;
      const url = policy.license === false ? undefined : licenseUrl(policy, originOf(exchange));
      const own = { signal, usage, link: fields.get("link"), isOfPage };
      return outcomeOf(decideSignals(status, own, policy, url));
    },
  };
}

/** The outcome for a response in which nothing but the rule decides, as in nearly all. */
const statedBy = oncePer((policy: SignalsPolicy) => outcomeOf(decideSignals(200, {}, policy)));

function outcomeOf(decision: ReturnType<typeof decideSignals>): FinalOutcome<SignalsReason> {
  if (decision.kind === "declined") return decision;
  const { signal, usage, license: link } = decision.fields;
  const detail = { signal, usage, license: link };
  const said = Object.entries(detail).flatMap(([key, value]) => (value ? [[key, value]] : []));
  return {
    kind: "amend",
    reason: "stated",
    fields: editsOf(decision.fields),
    detail: Object.fromEntries(said) as Record<string, string>,
  };
}

function editsOf({ signal, usage, license, link }: StatedFields): FieldEdits {
  const set = Object.entries({ "content-signal": signal, "content-usage": usage, link });
  return {
    set: set.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    append: license === undefined ? [] : [["link", license]],
  };
}

function license(policies: FeatureParts["policies"]): StageDocument<SignalsPolicy, SignalsReason> {
  return {
    owner: "origin-first",
    at: { test: (target) => target === LICENSE },
    make: async (exchange, policy) => {
      if (policy.license !== true) return { kind: "declined", reason: "license-not-made" };
      const text = writeLicense(
        policies.unconditional("signals", exchange.host) as Parameters<typeof writeLicense>[0],
      );
      const response = await exactDocument(exchange, text, "application/rsl+xml", 3600);
      return { kind: "respond", reason: "license-made", response };
    },
  };
}
