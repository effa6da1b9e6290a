/** The constants of XXH64, each as its high and low 32 bits. */
const P1 = [0x9e3779b1, 0x85ebca87] as const;
const P2 = [0xc2b2ae3d, 0x27d4eb4f] as const;
const P3 = [0x165667b1, 0x9e3779f9] as const;
const P4 = [0x85ebca77, 0xc2b2ae63] as const;
const P5 = [0x27d4eb2f, 0x165667c5] as const;

type Constant = readonly [high: number, low: number];

/** A number of 64 bits that changes in place: numbers of BigInt would take ten times as long. */
class Word {
  high = 0;
  low = 0;

  set(high: number, low: number): this {
    this.high = high | 0;
    this.low = low | 0;
    return this;
  }

  add(high: number, low: number): this {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
    this.low = sum | 0;
    return this;
  }

  /** Multiplies by a constant, in halves of 16 bits: their products fit into 32 bits. */
  multiply(constant: Constant): this {
    const high = constant[0];
    const low = constant[1];
    const a = this.low & 0xffff;
    const b = this.low >>> 16;
    const c = low & 0xffff;
    const d = low >>> 16;
    const bc = Math.imul(b, c);
    const ad = Math.imul(a, d);
    const carry = (Math.imul(a, c) >>> 16) + (bc & 0xffff) + (ad & 0xffff);
    const top = Math.imul(b, d) + (bc >>> 16) + (ad >>> 16) + (carry >>> 16);
    this.high = (top + Math.imul(this.high, low) + Math.imul(this.low, high)) | 0;
    this.low = Math.imul(this.low, low);
    return this;
  }

  rotate(by: number): this {
    const { high, low } = this;
    this.high = (high << by) | (low >>> (32 - by));
    this.low = (low << by) | (high >>> (32 - by));
    return this;
  }

  xor(high: number, low: number): this {
    this.high ^= high;
    this.low ^= low;
    return this;
  }

  /** Mixes the highest bits into the lowest. */
  fold(by: number): this {
    const { high, low } = this;
    if (by >= 32) return this.xor(0, high >>> (by - 32));
    return this.xor(high >>> by, (low >>> by) | (high << (32 - by)));
  }

  /** One round with eight bytes of the content. */
  round(high: number, low: number): this {
    const input = spare.set(high, low).multiply(P2);
    return this.add(input.high, input.low).rotate(31).multiply(P1);
  }
}

const spare = new Word();

/**
 * The lowest 32 bits of XXH64 with seed 0, as the checksum of a zstd frame (RFC 8878 §3.1.1).
 */
export function xxh64Checksum(content: Uint8Array): number {
  const { length } = content;
  const bytes = new DataView(content.buffer, content.byteOffset, length);
  let at = 0;
  const hash = new Word().set(...P5);
  if (length >= 32) {
    const lanes = [new Word(), new Word(), new Word(), new Word()] as const;
    lanes[0].set(...P1).add(...P2);
    lanes[1].set(...P2);
    lanes[3].add(...negated(P1));
    for (; at + 32 <= length; at += 32) {
      for (let i = 0; i < 4; i++) {
        const from = at + i * 8;
        (lanes[i] as Word).round(bytes.getInt32(from + 4, true), bytes.getInt32(from, true));
      }
    }
    hash.set(0, 0);
    for (const [i, { high, low }] of lanes.entries()) {
      const part = new Word().set(high, low).rotate([1, 7, 12, 18][i] as number);
      hash.add(part.high, part.low);
    }
    for (const { high, low } of lanes) {
      const mixed = new Word().round(high, low);
      hash
        .xor(mixed.high, mixed.low)
        .multiply(P1)
        .add(...P4);
    }
  }
  hash.add(Math.floor(length / 2 ** 32), length);
  for (; at + 8 <= length; at += 8) {
    const mixed = new Word().round(bytes.getInt32(at + 4, true), bytes.getInt32(at, true));
    hash
      .xor(mixed.high, mixed.low)
      .rotate(27)
      .multiply(P1)
      .add(...P4);
  }
  if (at + 4 <= length) {
    const part = new Word().set(0, bytes.getInt32(at, true)).multiply(P1);
    hash
      .xor(part.high, part.low)
      .rotate(23)
      .multiply(P2)
      .add(...P3);
    at += 4;
  }
  for (; at < length; at++) {
    const part = new Word().set(0, bytes.getUint8(at)).multiply(P5);
    hash.xor(part.high, part.low).rotate(11).multiply(P1);
  }
  hash.fold(33).multiply(P2).fold(29).multiply(P3).fold(32);
  return hash.low >>> 0;
}

function negated([high, low]: Constant): Constant {
  const word = new Word().set(~high, ~low).add(0, 1);
  return [word.high, word.low];
}
