import type { Fields } from "../http/fields.ts";
import { splitList } from "../http/list.ts";
import { acceptedCodings } from "../http/negotiate.ts";

/** The request fields that the origin server selects by, with their values as it received them. */
export type Selecting = readonly (readonly [name: string, value: string])[];

/** Fields that follow from scheme and host, which are part of the key. */
const OF_KEY = new Set(["host", "x-forwarded-host", "x-forwarded-proto"]);

/** Fields that the proxy writes, with a value for each client. */
const WRITTEN = /^(?:x-forwarded-for|forwarded|via|(?:x-)?wayleave-.*)$/;

/**
 * The fields that a response varies on, with the values that the origin server got (RFC 9111 §4.1).
 * Undefined if it varies on `*`, or on a field that differs between clients.
 */
export function selectingOf(response: Fields, request: Pick<Fields, "get">): Selecting | undefined {
  const vary = response.get("vary");
  if (vary === undefined) return [];
  const names = new Set(splitList(vary).map((name) => name.toLowerCase()));
  const selecting: (readonly [string, string])[] = [];
  for (const name of names) {
    if (name === "*" || WRITTEN.test(name)) return undefined;
    if (!OF_KEY.has(name)) selecting.push([name, selectingValue(name, request)]);
  }
  return selecting;
}

/** Whether a request has the field values that select a stored response. */
export function isSelected(selecting: Selecting, request: Pick<Fields, "get">): boolean {
  return selecting.every(([name, value]) => selectingValue(name, request) === value);
}

/** The values by which a request selects among the variants of a response. */
export function selectingLike(selecting: Selecting, request: Pick<Fields, "get">): Selecting {
  return selecting.map(([name]) => [name, selectingValue(name, request)] as const);
}

function selectingValue(name: string, request: Pick<Fields, "get">): string {
  const value = request.get(name);
  // Clients write the same set of codings in different ways.
  if (name === "accept-encoding") return acceptedCodings(value);
  return value === undefined ? "" : `=${splitList(value).join(",")}`;
}
