/** Bits of FLG (RFC 1952 §2.3.1). */
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

/** The largest gzip header that is accepted; a longer name or comment is an attack. */
const LONGEST = 128 * 1024;

/** The length of a gzip header (RFC 1952 §2.3); undefined if incomplete. May throw. */
export function lengthOfGzipHeader(start: Uint8Array): number | undefined {
  const isMagic = [0x1f, 0x8b, 8].every((byte, i) => i >= start.length || start[i] === byte);
  if (!isMagic) throw new Error("no gzip header");
  if (start.length < 10) return undefined;
  const flags = start[3] as number;
  let at: number | undefined = 10;
  if (flags & FEXTRA) {
    if (start.length < 12) return undefined;
    at = 12 + (start[10] as number) + (start[11] as number) * 256;
  }
  if (flags & FNAME) at = behindZero(start, at);
  if (at !== undefined && flags & FCOMMENT) at = behindZero(start, at);
  if (at !== undefined && flags & FHCRC) at += 2;
  if (at !== undefined && at <= start.length) return at;
  if (start.length > LONGEST) throw new Error("the gzip header has no end");
  return undefined;
}

function behindZero(start: Uint8Array, from: number): number | undefined {
  const zero = start.indexOf(0, from);
  return zero === -1 ? undefined : zero + 1;
}

/** The length of a zlib header (RFC 1950 §2.2): 0 for bare deflate, undefined below two bytes. */
export function lengthOfZlibHeader(start: Uint8Array): number | undefined {
  if (start.length < 2) return undefined;
  const [method = 0, flags = 0] = start;
  return (method & 15) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0 ? 2 : 0;
}
