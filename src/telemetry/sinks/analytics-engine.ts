import type { EventSink, RequestEvent } from "../event.ts";
import { acts } from "../tally/acting.ts";
import { shapeValuesOf } from "../tally/shape.ts";

/** A data point of Workers Analytics Engine. */
interface DataPoint {
  readonly indexes: readonly [string];
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

/** The binding of a dataset; `writeDataPoint` returns at once. */
export interface AnalyticsDataset {
  writeDataPoint(point: DataPoint): void;
}

/** The columns of texts, in their order: `blob1`, `blob2`, … */
export const BLOBS = [
  "agent",
  "operator",
  "category",
  "behaviours",
  "verdict",
  "evidence",
  "status",
  "cache",
  "access",
  "rule",
  "would",
  "method",
  "host",
  "path",
  "pattern",
  "type",
  "referrerClass",
  "referrer",
  "violation",
  "details",
] as const;

/** The columns of numbers, in their order: `double1`, `double2`, … */
export const DOUBLES = [
  "status",
  "bytesReceived",
  "bytesSent",
  "savedByMarkdown",
  "savedByCoding",
  "savedByDelta",
  "savedByCache",
  "duration",
  "originStatus",
  "originDuration",
  "chargedMicros",
  "dictionaryOffered",
  "dictionaryUsed",
  "currency",
] as const;

/** Bytes of the index, of which the dataset takes 96 at most. */
const LONGEST_INDEX = 96;
/** Characters of one text; 20 texts of UTF-8 then stay under the dataset's 16 KB. */
const LONGEST_BLOB = 200;
/** Characters of the path and of the details. */
const LONGEST_PATH = 512;

/** Creates the sink that writes each request as a point of the dataset. */
export function analyticsEngineSink(dataset: AnalyticsDataset): EventSink {
  return { take: (event) => dataset.writeDataPoint(pointOf(event)) };
}

/** The point of a request; the index is the agent, so that sampling treats each agent alike. */
export function pointOf(event: RequestEvent): DataPoint {
  const texts = textsOf(event);
  const numbers = numbersOf(event);
  return {
    indexes: [cutBytes(texts.agent, LONGEST_INDEX)],
    blobs: BLOBS.map((name) =>
      texts[name].slice(0, name === "path" || name === "details" ? LONGEST_PATH : LONGEST_BLOB),
    ),
    doubles: DOUBLES.map((name) => numbers[name]),
  };
}

function textsOf(event: RequestEvent): Readonly<Record<(typeof BLOBS)[number], string>> {
  const { access, referrer, features, cause, end, originName } = event;
  const redirect = features.find(({ kind, detail }) => kind === "respond" && detail?.["to"]);
  const acted = features.filter(acts);
  return {
    ...shapeValuesOf(event),
    rule: access?.rule ?? "",
    would: access?.would ?? "",
    method: event.method,
    host: event.host,
    path: event.path,
    pattern: event.pattern,
    referrerClass: referrer.class,
    referrer: referrer.name ?? "",
    violation: event.violation ?? "",
    details: JSON.stringify({
      ...(end === "sent" ? {} : { end }),
      ...(cause === undefined ? {} : { cause: cause.code }),
      // All 20 columns of texts are taken.
      ...(originName === undefined ? {} : { origin: originName }),
      ...(redirect === undefined ? {} : { to: redirect.detail?.["to"] }),
      ...(acted.length === 0
        ? {}
        : { did: acted.map(({ feature, action, would }) => `${feature}:${would ?? action}`) }),
    }),
  };
}

function numbersOf(event: RequestEvent): Readonly<Record<(typeof DOUBLES)[number], number>> {
  const { saved, durations, dictionary } = event;
  return {
    status: event.status ?? 0,
    bytesReceived: event.bytesReceived,
    bytesSent: event.bytesSent ?? 0,
    savedByMarkdown: saved.markdown ?? 0,
    savedByCoding: saved.coding ?? 0,
    savedByDelta: saved.delta ?? 0,
    savedByCache: saved.cache ?? 0,
    duration: durations.total,
    originStatus: event.originStatus ?? 0,
    originDuration: durations.origin ?? 0,
    chargedMicros: event.access?.charged?.micros ?? 0,
    dictionaryOffered: dictionary?.offered === true ? 1 : 0,
    dictionaryUsed: dictionary?.used === true ? 1 : 0,
    currency: numberOfCurrency(event.access?.charged?.currency ?? ""),
  };
}

/** A currency as a number, since a point has no further text: its letters as digits of base 256. */
function numberOfCurrency(code: string): number {
  let number = 0;
  for (let i = 0; i < code.length; i++) number = number * 256 + code.charCodeAt(i);
  return number;
}

/** The currency of a number; "" of points without a charge, and of those of earlier versions. */
export function currencyOfNumber(number: number): string {
  const letters = [number >> 16, number >> 8, number].map((each) => each & 255);
  const code = String.fromCharCode(...letters);
  return /^[A-Z]{3}$/.test(code) ? code : "";
}

/** Cuts a text to a number of bytes of UTF-8, between characters. */
function cutBytes(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= most) return text;
  return new TextDecoder().decode(bytes.subarray(0, most), { stream: true });
}
