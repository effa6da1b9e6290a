import { parseIpAddress, parseIpPrefix, type IpAddress, type IpPrefix } from "./ip-address.ts";

/**
 * Parses an entry of an address list: a block ("192.0.2.0/24"), an address, or a range
 * ("192.0.2.4-192.0.2.9"). Undefined if it is none.
 */
export function parseIpBlocks(text: string): readonly IpPrefix[] | undefined {
  const dash = text.indexOf("-");
  if (dash === -1) {
    const prefix = parseIpPrefix(text);
    return prefix === undefined ? undefined : [prefix];
  }
  const first = parseIpAddress(text.slice(0, dash).trim());
  const last = parseIpAddress(text.slice(dash + 1).trim());
  if (first === undefined || last?.length !== first.length) return undefined;
  return blocksBetween(toNumber(first), toNumber(last), first.length * 32);
}

/** The fewest blocks with all addresses from the first to the last, at most twice the bits. */
function blocksBetween(first: bigint, last: bigint, bits: number): IpPrefix[] | undefined {
  if (first > last) return undefined;
  const blocks: IpPrefix[] = [];
  for (let at = first; at <= last;) {
    let length = bits;
    // A block begins at a multiple of its size.
    for (;;) {
      const size = 1n << BigInt(bits - length + 1);
      if (length === 0 || at % size !== 0n || at + size - 1n > last) break;
      length--;
    }
    blocks.push({ address: toAddress(at, bits), length });
    at += 1n << BigInt(bits - length);
  }
  return blocks;
}

function toNumber(address: IpAddress): bigint {
  return address.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
}

function toAddress(value: bigint, bits: number): IpAddress {
  const word = (at: number) => Number((value >> BigInt(at)) & 0xffff_ffffn);
  return bits === 32 ? [word(0)] : [word(96), word(64), word(32), word(0)];
}
