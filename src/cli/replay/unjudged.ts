import { FEATURES } from "../../features.ts";
import type { FeatureList } from "../../feature/define.ts";
import type { FeatureEvent } from "../../telemetry/event.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { settingOf } from "../../rules/feature-settings.ts";
import type { LineFormat } from "./logged-request.ts";
import type { Judges } from "./tally.ts";

const [ACCESS, REDIRECTS] = ["access", "canonicalRedirect"];

/**
 * The results that a log tells: those of features that refuse requests, and redirects, which `maps` decide
 * by the path alone.
 */
export function judges(features: FeatureList = FEATURES): Judges {
  const guards = new Set(
    features.filter((each) => each.strictness !== undefined).map(({ key }) => key),
  );
  return (feature: FeatureEvent) =>
    feature.mode !== "off" &&
    (guards.has(feature.feature) ||
      (feature.feature === REDIRECTS && (feature.would ?? feature.action) === "redirect"));
}

/** A feature of the rules with results that the log can't tell. */
export interface Unjudged {
  readonly feature: string;
  readonly why: string;
}

/** The reasons for which a log can't tell all results of the features that the rules switch on. */
export function unjudgedOf(
  rules: RulesFile,
  features: FeatureList,
  { has }: Pick<LineFormat, "has">,
): readonly Unjudged[] {
  const isOn = (key: string): boolean =>
    [rules.defaults, ...rules.rules].some((part) => {
      const setting = settingOf(part, key);
      return setting !== undefined && setting !== false;
    });
  const known: readonly Unjudged[] = features.flatMap(({ key }) => {
    const why = key === ACCESS ? whyAccess(has) : (WHY[key] ?? WHY_OTHERS);
    return isOn(key) ? [{ feature: key, why }] : [];
  });
  const lacks = has.userAgent ? [] : [{ feature: "agents", why: "the log has no User-Agent" }];
  return [...lacks, ...known];
}

function whyAccess({ address, fields }: LineFormat["has"]): string {
  const clients = address
    ? ""
    : "; it has no addresses, so that all clients share one limit by address";
  const signed = fields ? "signatures are no longer valid" : "a log has no signatures";
  return `${signed} and no payments, so each challenge counts as not met and each charge as not paid; requests at the same time are not known, so no concurrent limit is reached${clients}`;
}

const WHY: Readonly<Record<string, string>> = {
  documents: "lists depend on the site's pages",
  robots: "the file depends on the origin server's",
  signals: "they change only response fields",
  headers: "they change only fields",
  resourceMetadata: "it changes only response fields",
  canonicalRedirect: "only maps are known: a log has no pages, and so no canonical links",
  markdown: "a log has no pages, and most logs have no Accept",
  compression: "a log has no content, and no Accept-Encoding or Available-Dictionary",
  cache: "a log has no freshness of responses",
};
const WHY_OTHERS = "its results may depend on fields and pages that a log does not have";
