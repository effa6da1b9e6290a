import { parseItem, serializeString } from "structured-headers";
import type { ReadField } from "./fields.ts";
import { concat } from "./bytes.ts";

/** RFC 9842 §4; §5: the head of a zstd skippable frame of 32 bytes. */
const MAGIC = {
  dcb: Uint8Array.of(0xff, 0x44, 0x43, 0x42),
  dcz: Uint8Array.of(0x5e, 0x2a, 0x4d, 0x18, 0x20, 0x00, 0x00, 0x00),
};

const HASH_LENGTH = 32;

/** Parses Available-Dictionary (RFC 9842 §2.2); undefined unless it is one SHA-256. */
export function parseAvailableDictionary(value: string | undefined): Uint8Array | undefined {
  if (value === undefined || value.length > 100) return undefined;
  try {
    const [item] = parseItem(value);
    if (!(item instanceof ArrayBuffer) || item.byteLength !== HASH_LENGTH) return undefined;
    return new Uint8Array(item);
  } catch {
    return undefined;
  }
}

/** The content in a dictionary coding: magic number, hash of the dictionary, stream. */
export function frameDelta(
  coding: "dcb" | "dcz",
  hash: Uint8Array,
  stream: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return concat([MAGIC[coding], hash, stream]);
}

/** The value of Use-As-Dictionary (RFC 9842 §2.1). */
export function formatUseAsDictionary(dictionary: {
  readonly match: string;
  readonly matchDest?: readonly string[];
  readonly id?: string | undefined;
}): string {
  let value = `match=${serializeString(dictionary.match)}`;
  if (dictionary.matchDest !== undefined && dictionary.matchDest.length > 0) {
    value += `, match-dest=(${dictionary.matchDest.map((dest) => serializeString(dest)).join(" ")})`;
  }
  if (dictionary.id !== undefined) value += `, id=${serializeString(dictionary.id)}`;
  return value;
}

/** Request fields that select a response if dictionaries are used (RFC 9842 §6.2). */
export const DICTIONARY_FIELDS = ["Accept-Encoding", "Available-Dictionary"] as const;

/** Request fields that `isReadable` needs. */
export const GATE_FIELDS = ["Sec-Fetch-Site", "Sec-Fetch-Mode"] as const;

/** Whether the client's page may read the response; a delta's length would reveal it (§9.3.3). */
export function isReadable(field: ReadField, allowOrigin: string | undefined): boolean {
  const site = field("sec-fetch-site");
  const mode = field("sec-fetch-mode");
  if (site === undefined || site === "same-origin") return true;
  if (mode === undefined || mode === "navigate" || mode === "same-origin") return true;
  if (mode !== "cors") return false;
  const origin = field("origin");
  return origin !== undefined && (allowOrigin === "*" || allowOrigin === origin);
}
