import { parseMediaType } from "../http/media-type.ts";
import type { Fields } from "../http/fields.ts";
import type { RecordedRun } from "../pipeline/record.ts";
import { codingOf, representationOf } from "../pipeline/variant-key.ts";
import { cut } from "./cut.ts";
import type { DictionaryEvent, FeatureEvent, Representation } from "./event.ts";

/** Characters of a media type, of codings and of a group, at most. */
const LONGEST = 96;

/** The media type of a response, without parameters. */
export function typeOf(fields: Fields | undefined): string | undefined {
  const type = parseMediaType(fields?.get("content-type"))?.essence;
  return type && cut(type, LONGEST);
}

/** The form of the content, by its media type. */
export function formOf(type: string | undefined): Representation {
  return type === undefined ? "none" : (FORMS.get(representationOf(type)) ?? "other");
}

const FORMS = new Map<string, Representation>([
  ["html", "html"],
  ["markdown", "markdown"],
]);

/** The content codings of a response. */
export function codingIn(fields: Fields | undefined): string {
  return codingOf(fields?.get("content-encoding")?.slice(0, LONGEST));
}

/** The role of dictionaries in an exchange; undefined if they have none. */
export function dictionaryEvent(
  run: RecordedRun | undefined,
  fields: Fields | undefined,
  features: readonly FeatureEvent[],
): DictionaryEvent | undefined {
  const advertised = fields?.get("use-as-dictionary");
  const offered = run?.exchange.field("available-dictionary") !== undefined;
  if (!offered && advertised === undefined) return undefined;
  const coder = run?.turns.find(({ stage }) => stage.codesContent === true)?.stage.feature;
  const decided = features.find(({ feature }) => feature === coder);
  const group = decided?.detail?.["match"] ?? MATCH.exec(advertised?.slice(0, 1024) ?? "")?.[1];
  const coding = codingIn(fields);
  return {
    offered,
    used: coding === "dcb" || coding === "dcz",
    advertised: advertised !== undefined,
    group: group && cut(group, LONGEST),
    reason: reasonOf(decided),
  };
}

/** The reason for the delta, or why there is none. */
function reasonOf(decided: FeatureEvent | undefined): string {
  if (decided === undefined) return "off";
  // Content with a plain coding has two reasons: for the coding, and why there is no delta.
  const { reason, detail } = decided;
  return reason === "coded" ? (detail?.["dictionary"] ?? reason) : reason;
}

const MATCH = /(?:^|[,\s])match="([^"\\]*)"/;
