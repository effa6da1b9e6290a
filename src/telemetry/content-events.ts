import { parseMediaType } from "../http/media-type.ts";
import type { Fields } from "../http/fields.ts";
import type { RecordedRun } from "../pipeline/record.ts";
import { codingOf, representationOf } from "../pipeline/variant-key.ts";
import { cut } from "./cut.ts";
import type { DictionaryEvent, End, FeatureEvent, Representation, SavedBytes } from "./event.ts";
import type { RequestRecord } from "./record.ts";

/** Characters of a media type, of codings and of a group, at most. */
const LONGEST = 96;

/** The media type that a Content-Type names, without parameters. */
export function typeOf(contentType: string | undefined): string | undefined {
  const type = parseMediaType(contentType)?.essence;
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
  features: () => readonly FeatureEvent[],
): DictionaryEvent | undefined {
  const advertised = fields?.get("use-as-dictionary");
  const offered = run?.exchange.field("available-dictionary") !== undefined;
  if (!offered && advertised === undefined) return undefined;
  const coder = run?.turns.find(({ stage }) => stage.codesContent === true)?.stage.feature;
  const decided = features().find(({ feature }) => feature === coder);
  const group = decided?.detail?.["match"] ?? MATCH.exec(advertised?.slice(0, 1024) ?? "")?.[1];
  const coding = codingIn(fields);
  return {
    offered,
    used: DELTAS.has(coding),
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

/** The bytes that a response did not cost; none of a response that was not sent completely. */
export function savedBytes(
  { changes = NO_CHANGES, fromCache: cache }: Pick<RequestRecord, "changes" | "fromCache">,
  end: End,
  status = 0,
): SavedBytes {
  if (changes.length === 0 && cache === undefined) return NOTHING;
  if (end !== "sent" || status < 200 || status > 299) return NOTHING;
  const saved: { -readonly [Key in keyof SavedBytes]: SavedBytes[Key] } = {};
  if (cache !== undefined) saved.cache = cache;
  for (const { to, before, after } of changes) {
    const { type, coding } = to;
    const key =
      coding === undefined ? formOf(typeOf(type)) : DELTAS.has(coding) ? "delta" : "coding";
    if (before === undefined || key === "html" || key === "other" || key === "none") continue;
    saved[key] = Math.max(0, before - after);
  }
  return saved;
}

const NO_CHANGES: NonNullable<RequestRecord["changes"]> = [];
const NOTHING: SavedBytes = {};

const DELTAS = new Set(["dcb", "dcz"]);

const MATCH = /(?:^|[,\s])match="([^"\\]*)"/;
