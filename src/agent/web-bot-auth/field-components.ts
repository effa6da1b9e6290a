import { UNAVAILABLE, UNSUPPORTED, type ComponentAbsent } from "./component.ts";
import { toBase64 } from "./thumbprint.ts";
import { toOctets } from "./octets.ts";
import { parseDictionary, parseItem, parseList, type Params } from "./structured-field.ts";

/** The types of fields that agents sign; strict serialisation needs the type (RFC 9421 §2.1.1). */
const FIELD_TYPES: Readonly<Record<string, "dictionary" | "list" | "item">> = {
  "accept-ch": "list",
  "accept-signature": "dictionary",
  "available-dictionary": "item",
  "cache-status": "list",
  "client-cert": "item",
  "client-cert-chain": "list",
  "content-digest": "dictionary",
  "dictionary-id": "item",
  priority: "dictionary",
  "proxy-status": "list",
  "repr-digest": "dictionary",
  "sec-ch-ua": "list",
  "sec-ch-ua-mobile": "item",
  "sec-ch-ua-platform": "item",
  signature: "dictionary",
  "signature-agent": "dictionary",
  "signature-input": "dictionary",
  "use-as-dictionary": "dictionary",
  "want-content-digest": "dictionary",
  "want-repr-digest": "dictionary",
};

/** The value of a covered field (RFC 9421 §2.1), plain or in the form of `;sf`, `;key` or `;bs`. */
export function fieldComponent(
  combined: string | undefined,
  name: string,
  params: Params,
): string | ComponentAbsent {
  for (const [param, { type, value }] of params) {
    const flag = param === "sf" || param === "bs" || param === "req";
    if (flag ? value !== true : param !== "key" || type !== "string") return UNSUPPORTED;
  }
  if (combined === undefined) return UNAVAILABLE;
  const key = params.get("key");
  // RFC 9421 §2.1: `;bs` excludes the other two.
  if (params.has("bs")) {
    return params.has("sf") || key !== undefined ? UNSUPPORTED : byteSequence(combined);
  }
  if (key?.type === "string") return dictionaryMember(combined, key.value);
  if (params.has("sf")) return strictField(combined, name);
  return trimWhitespace(combined);
}

// RFC 9421 §2.1.2
function dictionaryMember(text: string, key: string): string | ComponentAbsent {
  const members = parseDictionary(text, Infinity, Infinity);
  return (members.kind === "parsed" ? members.value.get(key)?.text : undefined) ?? UNAVAILABLE;
}

// RFC 9421 §2.1.1
function strictField(text: string, name: string): string | ComponentAbsent {
  const legacyAgent = name === "signature-agent" && text.trimStart().startsWith('"');
  const type = legacyAgent ? "item" : FIELD_TYPES[name];
  switch (type) {
    case "dictionary": {
      const members = parseDictionary(text, Infinity, Infinity);
      if (members.kind === "fault") return UNAVAILABLE;
      const parts = [...members.value].map(([key, { text: member }]) =>
        // RFC 9651 §4.1.2: a true member has only its key and parameters.
        member.startsWith("?1") ? key + member.slice(2) : `${key}=${member}`,
      );
      return parts.join(", ");
    }
    case "list": {
      const members = parseList(text);
      if (members.kind === "fault") return UNAVAILABLE;
      return members.value.map((member) => member.text).join(", ");
    }
    case "item": {
      const item = parseItem(text);
      return item.kind === "fault" ? UNAVAILABLE : item.value.text;
    }
    default:
      return UNSUPPORTED;
  }
}

// RFC 9421 §2.1.3: one Byte Sequence for each line; but runtimes have combined the lines.
function byteSequence(text: string): string | ComponentAbsent {
  const octets = toOctets(text);
  return octets === undefined ? UNAVAILABLE : `:${toBase64(octets)}:`;
}

/** Drops OWS at both ends (RFC 9421 §2.1, step 2) in linear time. */
function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
