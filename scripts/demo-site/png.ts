import { crc32 } from "node:zlib";

/** Colours of a night at the harbour, from the sky to the light. */
const PALETTE = [
  [18, 24, 48],
  [24, 33, 66],
  [31, 44, 84],
  [12, 40, 62],
  [9, 30, 48],
  [8, 10, 14],
  [255, 210, 125],
  [98, 96, 92],
  [160, 148, 110],
];

/** A small picture of a lighthouse as PNG: eight-bit palette, content stored, so that no zlib version changes a byte. */
export function lighthouse(width: number, height: number): Uint8Array {
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from({ length: width }, (_, x) => colour(x / width, y / height)),
  ]);
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", size),
    chunk("PLTE", Buffer.from(PALETTE.flat())),
    chunk("IDAT", storedZlib(Buffer.from(rows.flat()))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function colour(x: number, y: number): number {
  const isTower = Math.abs(x - 0.3) < 0.02 + 0.02 * y && y > 0.3 && y < 0.78;
  if (Math.hypot((x - 0.3) * 1.8, y - 0.27) < 0.035) return 6;
  if (isTower) return Math.floor(y * 14) % 2 === 0 ? 7 : 8;
  if (y > 0.7 + (x - 0.3) ** 2 && y < 0.86) return 5;
  if (x > 0.3 && Math.abs(y - 0.27) < (x - 0.3) * 0.22) return 8;
  if (y > 0.78) return Math.floor(y * 60 + x * 9) % 3 === 0 ? 3 : 4;
  return y < 0.25 ? 0 : y < 0.5 ? 1 : 2;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** RFC 1950 around stored blocks of RFC 1951 §3.2.4. */
function storedZlib(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from([0x78, 0x01])];
  for (let start = 0; start < data.length; start += 0xffff) {
    const block = data.subarray(start, start + 0xffff);
    const head = Buffer.alloc(5);
    head[0] = start + block.length === data.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, block);
  }
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  const check = Buffer.alloc(4);
  check.writeUInt32BE(b * 0x10000 + a);
  return Buffer.concat([...parts, check]);
}
