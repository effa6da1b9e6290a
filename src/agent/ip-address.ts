/** An address as 32-bit words in network order: one for IPv4, four for IPv6. */
export type IpAddress = readonly [number] | readonly [number, number, number, number];

/** A block of addresses: its first address, and the length of the common prefix in bits. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
}

/**
 * Parses an address in its usual spellings; an IPv4-mapped one is IPv4 (a dual-stack socket writes
 * those). Undefined for zone identifiers, brackets, leading zeros and any other form that a socket
 * does not report.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(":")) {
    const word = parseIpv4(text);
    return word === undefined ? undefined : [word];
  }
  const groups = ipv6Groups(text);
  if (groups === undefined) return undefined;
  const words = [0, 2, 4, 6].map((at) => (((groups[at] ?? 0) << 16) | (groups[at + 1] ?? 0)) >>> 0);
  const [first = 0, second = 0, third = 0, fourth = 0] = words;
  // RFC 4291 §2.5.5.2
  if (first === 0 && second === 0 && third === 0xffff) return [fourth];
  return [first, second, third, fourth];
}

/** Parses CIDR notation (RFC 4632 §3.1), or a lone address; bits beyond the length are cleared. */
export function parseIpPrefix(text: string): IpPrefix | undefined {
  const slash = text.indexOf("/");
  const address = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bits = address.length * 32;
  if (slash < 0) return { address, length: bits };
  const digits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > bits) return undefined;
  const length = Number(digits);
  return { address: masked(address, length), length };
}

/** The last address of a block. */
export function lastOf({ address, length }: IpPrefix): IpAddress {
  return mapWords(address, (word, at) => (word | ~mask(length - at * 32)) >>> 0);
}

function masked(address: IpAddress, length: number): IpAddress {
  return mapWords(address, (word, at) => (word & mask(length - at * 32)) >>> 0);
}

/** The word whose first `bits` bits are set, for any number of bits. */
function mask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

function mapWords(address: IpAddress, change: (word: number, at: number) => number): IpAddress {
  if (address.length === 1) return [change(address[0], 0)];
  const [first, second, third, fourth] = address;
  return [change(first, 0), change(second, 1), change(third, 2), change(fourth, 3)];
}

function parseIpv4(text: string): number | undefined {
  if (text.length > 15) return undefined;
  let word = 0;
  let octet = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      if (octet < 0 || ++dots > 3) return undefined;
      word = word * 256 + octet;
      octet = -1;
    } else {
      // Some parsers read a number with a leading zero as octal.
      if (code < 0x30 || code > 0x39 || octet === 0) return undefined;
      octet = octet < 0 ? code - 0x30 : octet * 10 + code - 0x30;
      if (octet > 255) return undefined;
    }
  }
  return dots === 3 && octet >= 0 ? word * 256 + octet : undefined;
}

// RFC 4291 §2.2, with an IPv4 address as the last two groups or without.
function ipv6Groups(text: string): readonly number[] | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "", halves.length === 1);
  if (halves.length === 1) return head?.length === 8 ? head : undefined;
  const tail = groupsOf(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...Array<number>(missing).fill(0), ...tail];
}

function groupsOf(text: string, atEnd: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [at, part] of parts.entries()) {
    if (atEnd && part.includes(".") && at === parts.length - 1) {
      const word = parseIpv4(part);
      if (word === undefined) return undefined;
      groups.push(word >>> 16, word & 0xffff);
    } else {
      if (!/^[\da-f]{1,4}$/i.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
