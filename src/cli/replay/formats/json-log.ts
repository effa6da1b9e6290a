import { parseJson } from "../../../http/json.ts";
import {
  fault,
  OTHER,
  parseTarget,
  type LineFormat,
  type LoggedRequest,
  type ParsedLine,
} from "../logged-request.ts";

/** A line's JSON object. */
export type Entry = Readonly<Record<string, unknown>>;

/** The values of an entry that the format itself reads; the rest is the same for all formats. */
export interface EntryValues extends Omit<
  LoggedRequest,
  "target" | "time" | "scheme" | "status" | "host"
> {
  readonly time: number | undefined;
  readonly target: string | undefined;
  readonly scheme?: string | undefined;
  readonly host?: string | undefined;
  readonly status: number | undefined;
}

/**
 * Creates a format of lines in JSON.
 *
 * @param read the values of an entry; undefined if the entry describes no request
 */
export function jsonFormat(
  name: string,
  has: LineFormat["has"],
  read: (entry: Entry) => EntryValues | undefined,
): LineFormat {
  return { name, has, parse: (line) => parseEntry(line, read) };
}

function parseEntry(line: string, read: (entry: Entry) => EntryValues | undefined): ParsedLine {
  // Some collectors send arrays of entries, one in each line.
  const text = line.replace(/^[[,\s]+/, "").replace(/[\],\s]+$/, "");
  if (text === "") return OTHER;
  const entry = entryOf(parseJson(text));
  if (entry === undefined) return fault("it is no JSON object");
  const values = read(entry);
  return values === undefined ? OTHER : toParsed(values);
}

/** The request that values describe, or their first fault. */
export function toParsed(values: EntryValues): ParsedLine {
  const { time, target = "", status, scheme, host, ...rest } = values;
  if (time === undefined) return fault("its time can't be read");
  const asked = parseTarget(target);
  if (asked === undefined) return fault("its path can't be read");
  if (status === undefined) return fault("its status can't be read");
  const known = scheme === "http" || scheme === "https" ? scheme : undefined;
  return {
    kind: "request",
    request: {
      ...rest,
      time,
      status,
      target: asked.target,
      scheme: asked.scheme ?? known,
      host: asked.host ?? host?.toLowerCase(),
    },
  };
}

/** An object; undefined for anything else. */
export function entryOf(value: unknown): Entry | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Entry)
    : undefined;
}

/** A text that is not empty and not "-". */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value !== "-" ? value : undefined;
}

/** A number, also one in a text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
