// Cases for the dcb encoder, from a seed: the same seed gives the same case.

export interface DcbCase {
  readonly kind: string;
  readonly dictionary: Uint8Array;
  readonly input: Uint8Array;
  readonly quality: number;
  /** 0: fitted to the input. */
  readonly windowBits: number;
}

/** A small generator of numbers (xorshift), so that no case depends on the platform. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
    for (let i = 0; i < 4; i++) this.below(2);
  }

  /** An integer from 0 to n - 1. */
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return (x >>> 0) % n;
  }

  bytes(length: number, alphabet: number, first: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = first + this.below(alphabet);
    return bytes;
  }

  /** Mostly short, at times up to `most`. */
  length(most: number): number {
    return this.below(1 << (1 + this.below(Math.ceil(Math.log2(most + 1))))) % (most + 1);
  }
}

const WORDS =
  "function return const this. prototype .length === null undefined window document => { } ( ) ; , margin: padding: 0 1px #fff class= <div> </a> import from export default é ü 漢字 time business Information University available international Mozilla/5.0 http://www. governme".split(
    " ",
  );
const encoder = new TextEncoder();

function text(random: Random, length: number): Uint8Array {
  let words = "";
  while (words.length < length)
    words += `${WORDS[random.below(WORDS.length)]}${random.below(3) === 0 ? random.below(1000) : " "}`;
  return encoder.encode(words).subarray(0, length);
}

/** Pieces of `from` copied, moved, cut and changed. */
function mutate(random: Random, from: Uint8Array, most: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const changes = 1 + random.below(12);
  let at = 0;
  for (let c = 0; c < changes && length < most; c++) {
    const kind = random.below(8);
    if (kind === 0) at = random.below(from.length + 1);
    if (kind === 1) at = Math.min(from.length, at + random.below(20));
    if (kind === 2) at = Math.max(0, at - random.below(20));
    if (kind >= 5) parts.push(random.bytes(random.below(12), 256, 0));
    const part = from.subarray(at, Math.min(from.length, at + random.length(from.length)));
    parts.push(part);
    at += part.length;
    // Up to the very end, and on from the start of the input: a copy must not cross.
    if (kind === 3) parts.push(from.subarray(Math.max(0, from.length - random.below(40))));
    if (kind === 4) parts.push(...parts.slice(0, 1 + random.below(2)));
    length = parts.reduce((sum, p) => sum + p.length, 0);
  }
  const whole = new Uint8Array(Math.min(length, most));
  let to = 0;
  for (const part of parts) {
    const room = part.subarray(0, whole.length - to);
    whole.set(room, to);
    to += room.length;
  }
  return whole;
}

function anyBytes(random: Random, most: number): Uint8Array {
  const length = random.length(most);
  switch (random.below(4)) {
    case 0:
      return random.bytes(length, 256, 0);
    case 1:
      return random.bytes(length, 1 + random.below(6), 97);
    case 2: {
      const unit = random.bytes(1 + random.below(30), 1 + random.below(26), 97);
      return Uint8Array.from({ length }, (_, i) => unit[i % unit.length] ?? 0);
    }
    default:
      return text(random, length);
  }
}

/** Builds the case of `seed`, with texts of at most `most` bytes. */
export function dcbCase(seed: number, most = 4096): DcbCase {
  const random = new Random(seed);
  const quality = 1 + random.below(11);
  const kind = random.below(16);
  let windowBits = random.below(4) === 0 ? 10 + random.below(15) : 0;
  if (kind === 0) {
    const input = random.bytes(random.below(2), 256, 0);
    return {
      kind: "empty or one byte",
      dictionary: anyBytes(random, most),
      input,
      quality,
      windowBits,
    };
  }
  if (kind < 4)
    return {
      kind: "unrelated",
      dictionary: anyBytes(random, most),
      input: anyBytes(random, most),
      quality,
      windowBits,
    };
  if (kind < 6)
    return {
      kind: "no dictionary",
      dictionary: new Uint8Array(0),
      input: anyBytes(random, most),
      quality,
      windowBits,
    };
  if (kind < 8) {
    // More input than the window, so that the dictionary's distances stop growing.
    windowBits = 10;
    const dictionary = text(random, 200 + random.below(most));
    return {
      kind: "beyond the window",
      dictionary,
      input: mutate(random, dictionary, most * 2),
      quality,
      windowBits,
    };
  }
  if (kind < 9) {
    const dictionary = anyBytes(random, most);
    const end = dictionary.subarray(Math.max(0, dictionary.length - random.below(64)));
    const input = new Uint8Array(end.length * 3 + 8);
    for (let at = 0, n = 1 + random.below(8); at + end.length <= input.length; at += end.length + n)
      input.set(end, at);
    return { kind: "across the dictionary's end", dictionary, input, quality, windowBits };
  }
  const dictionary = anyBytes(random, most);
  return {
    kind: "changed",
    dictionary,
    input: mutate(random, dictionary, most * 2),
    quality,
    windowBits,
  };
}
