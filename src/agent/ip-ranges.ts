import { lastOf, parseIpAddress, type IpAddress, type IpPrefix } from "./ip-address.ts";

/** A set of address blocks, compiled for look-ups in logarithmic time. */
export interface IpRanges {
  /** The number of disjoint ranges. */
  readonly size: number;
  /** Whether one of the blocks contains the address, as a socket reports it. */
  contains(address: string | IpAddress): boolean;
}

/** Compiles blocks, which may overlap, to sorted disjoint ranges. */
export function compileIpRanges(prefixes: Iterable<IpPrefix>): IpRanges {
  const all = Array.from(prefixes, (prefix) => ({ first: prefix.address, last: lastOf(prefix) }));
  const ipv4 = new SortedRanges(1, all);
  const ipv6 = new SortedRanges(4, all);
  return {
    size: ipv4.size + ipv6.size,
    contains(address) {
      const parsed = typeof address === "string" ? parseIpAddress(address) : address;
      if (parsed === undefined) return false;
      return (parsed.length === 1 ? ipv4 : ipv6).contains(parsed);
    },
  };
}

/** Joins sets that were compiled one by one. */
export function joinIpRanges(parts: readonly IpRanges[]): IpRanges {
  return {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    contains(address) {
      const parsed = typeof address === "string" ? parseIpAddress(address) : address;
      return parsed !== undefined && parts.some((part) => part.contains(parsed));
    },
  };
}

interface Range {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/** Disjoint ranges of one family, ascending, their bounds word by word in two flat arrays. */
class SortedRanges {
  readonly size: number;
  readonly #words: number;
  readonly #firsts: Uint32Array;
  readonly #lasts: Uint32Array;

  constructor(words: 1 | 4, all: readonly Range[]) {
    const ranges = join(
      all.filter(({ first }) => first.length === words).sort((a, b) => compare(a.first, b.first)),
    );
    this.#words = words;
    this.size = ranges.length;
    this.#firsts = Uint32Array.from(ranges.flatMap(({ first }) => first));
    this.#lasts = Uint32Array.from(ranges.flatMap(({ last }) => last));
  }

  contains(address: IpAddress): boolean {
    // Only the last range that begins at or before the address can contain it.
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareAt(this.#firsts, middle, address) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && this.#compareAt(this.#lasts, low - 1, address) >= 0;
  }

  #compareAt(bounds: Uint32Array, index: number, address: IpAddress): number {
    for (let word = 0; word < this.#words; word++) {
      const difference = (bounds[index * this.#words + word] ?? 0) - (address[word] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

function join(sorted: readonly Range[]): readonly Range[] {
  const joined: Range[] = [];
  for (const range of sorted) {
    const before = joined.at(-1);
    if (before === undefined || compare(before.last, range.first) < 0) joined.push(range);
    else if (compare(before.last, range.last) < 0) {
      joined[joined.length - 1] = { first: before.first, last: range.last };
    }
  }
  return joined;
}

function compare(a: IpAddress, b: IpAddress): number {
  for (let word = 0; word < a.length; word++) {
    const difference = (a[word] ?? 0) - (b[word] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
