import { createReadStream } from "node:fs";
import * as zlib from "node:zlib";
import { Readable, type Transform } from "node:stream";
import { CommandFailure } from "../usage.ts";

/** Characters of a line, at most; the rest of a longer one is dropped. */
const LONGEST = 65_536;

const CODINGS: readonly (readonly [magic: readonly number[], open: () => Transform])[] = [
  [[0x1f, 0x8b], () => zlib.createGunzip()],
  [[0x28, 0xb5, 0x2f, 0xfd], zstd],
];

function zstd(): Transform {
  if (typeof zlib.createZstdDecompress !== "function") {
    throw new CommandFailure("this Node can't read zstd: use Node 22.15 or later, or zstdcat");
  }
  return zlib.createZstdDecompress();
}

/** The content of a log in pieces, decoded if it is gzip or zstd, whatever its name is. */
export async function* readLog(
  file: string,
  input: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const source = file === "-" ? input : createReadStream(file, { highWaterMark: 262_144 });
  const counted = counting(source, onRead);
  const head = await headOf(counted);
  const coding = CODINGS.find(([magic]) => magic.every((byte, at) => head.bytes[at] === byte));
  if (coding === undefined) {
    yield* head.all();
    return;
  }
  const decoder = coding[1]();
  const raw = Readable.from(head.all());
  raw.on("error", (error) => decoder.destroy(error));
  try {
    yield* raw.pipe(decoder) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new CommandFailure(`${file} is damaged: ${(error as Error).message}`);
  }
}

async function* counting(
  source: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    onRead(piece.length);
    yield piece;
  }
}

/** The first bytes of a stream, and all of it. */
async function headOf(source: AsyncGenerator<Uint8Array>) {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < 4) {
    const { value, done } = await source.next();
    if (done === true) break;
    pieces.push(value);
    length += value.length;
  }
  return {
    bytes: Buffer.concat(pieces),
    async *all(): AsyncGenerator<Uint8Array> {
      yield* pieces;
      yield* source;
    },
  };
}

/** Splits content into lines, several at once; a line longer than 65,536 characters is cut. */
export async function* linesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of content) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST) rest = rest.slice(0, LONGEST);
    if (lines.length > 0) yield lines.map(trimmed);
  }
  rest += decoder.decode();
  if (rest !== "") yield [trimmed(rest)];
}

function trimmed(line: string): string {
  const end = line.endsWith("\r") ? -1 : undefined;
  return line.length > LONGEST ? line.slice(0, LONGEST) : line.slice(0, end);
}
