import { Duplex } from "node:stream";
import {
  constants,
  crc32,
  createBrotliDecompress,
  createInflateRaw,
  createZstdDecompress,
  type BrotliDecompress,
  type InflateRaw,
  type ZstdDecompress,
} from "node:zlib";
import { letGo } from "../../codecs/plain/coder.ts";
import { lengthOfGzipHeader, lengthOfZlibHeader } from "../../http/compressed-header.ts";

type Engine = InflateRaw | BrotliDecompress | ZstdDecompress;

interface Format {
  /** The length of the header; undefined if more bytes are needed. Throws if it is malformed. */
  readonly header: (start: Uint8Array) => number | undefined;
  readonly engine: () => Engine;
  /** Bytes after the engine's data: further frames of the content, or bytes to ignore. */
  readonly rest: "frames" | "ignored";
  /** Whether a CRC-32 follows the content (RFC 1952 §2.3.1). */
  readonly hasChecksum?: true;
}

const NO_HEADER = (): number => 0;

/** RFC 9659 §3: a window of 8 MB at most; as a power of two. */
const ZSTD_WINDOW = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

const GZIP: Format = {
  header: lengthOfGzipHeader,
  engine: createInflateRaw,
  rest: "ignored",
  hasChecksum: true,
};

const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["gzip", GZIP],
  ["x-gzip", GZIP],
  ["deflate", { header: lengthOfZlibHeader, engine: createInflateRaw, rest: "ignored" }],
  ["br", { header: NO_HEADER, engine: createBrotliDecompress, rest: "ignored" }],
  ["zstd", { header: NO_HEADER, engine: () => createZstdDecompress(ZSTD_WINDOW), rest: "frames" }],
]);

/** Content codings that Node decodes. */
export const NODE_DECODABLE: ReadonlySet<string> = new Set(FORMATS.keys());

/** Creates a stream that decodes a content coding; undefined if the coding is unknown. */
export function createDecoder(coding: string): Duplex | undefined {
  const format = FORMATS.get(coding);
  return format === undefined ? undefined : new ContentDecoder(format);
}

type Done = (error?: Error | null) => void;

const NOTHING = Buffer.alloc(0);

/**
 * Decodes content as browsers do: ignores bytes after a gzip member or a deflate or br stream, and
 * reads all zstd frames. Incomplete content and a wrong gzip checksum are errors, a missing one is
 * not. (Node's gunzip fails at bytes after a member, and its zstd decoder reads only one frame.)
 */
class ContentDecoder extends Duplex {
  readonly #format: Format;
  /** The bytes so far of a header that is not complete yet. */
  #start: Buffer = NOTHING;
  #engine: Engine | undefined;
  #isOver = false;
  /** The checksum of the content decoded so far. */
  #sum = 0;
  /** The bytes so far of the checksum after the content; undefined if none is expected. */
  #trailer: Buffer | undefined;

  constructor(format: Format) {
    super();
    this.#format = format;
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#take(piece, done);
  }

  override _final(done: Done): void {
    const engine = this.#engine;
    if (this.#isOver) {
      // Browsers accept content without its checksum.
      if (this.#trailer !== undefined) this.push(null);
      done();
    } else if (engine !== undefined) {
      engine.once("end", () => {
        this.push(null);
        done();
      });
      engine.end();
    } else if (this.#start.length === 0) {
      // Empty content, or the end of the last frame.
      this.push(null);
      done();
    } else done(new Error("compressed content ends within its header"));
  }

  override _read(): void {
    this.#engine?.resume();
  }

  override _destroy(error: Error | null, done: Done): void {
    if (this.#engine !== undefined) {
      this.#engine.destroy();
      letGo(this.#engine);
    }
    done(error);
  }

  #take(piece: Buffer, done: Done): void {
    if (this.#isOver) {
      this.#compare(piece, done);
      return;
    }
    let coded = piece;
    if (this.#engine === undefined) {
      this.#start = this.#start.length === 0 ? piece : Buffer.concat([this.#start, piece]);
      let length: number | undefined;
      try {
        length = this.#format.header(this.#start);
      } catch (error) {
        done(error as Error);
        return;
      }
      if (length === undefined) {
        done();
        return;
      }
      coded = this.#start.subarray(length);
      this.#start = NOTHING;
      this.#engine = this.#open();
    }
    this.#decode(this.#engine, coded, done);
  }

  #open(): Engine {
    const engine = this.#format.engine();
    engine.on("data", (content: Buffer) => {
      if (this.#format.hasChecksum === true) this.#sum = crc32(content, this.#sum);
      if (!this.push(content)) engine.pause();
    });
    engine.on("error", (error) => this.destroy(error));
    return engine;
  }

  #decode(engine: Engine, coded: Buffer, done: Done): void {
    if (coded.length === 0) {
      done();
      return;
    }
    const before = engine.bytesWritten;
    let isTaken = false;
    // After its end, the engine does not call back.
    const onEnd = (): void => {
      if (isTaken) return;
      isTaken = true;
      this.#end(engine, coded.subarray(engine.bytesWritten - before), done);
    };
    engine.once("end", onEnd);
    engine.write(coded, () => {
      if (isTaken || engine.bytesWritten - before < coded.length) return;
      isTaken = true;
      engine.off("end", onEnd);
      done();
    });
  }

  /** Ends the engine, whose data is complete, and goes on with the rest. */
  #end(engine: Engine, rest: Buffer, done: Done): void {
    engine.close();
    letGo(engine);
    this.#engine = undefined;
    if (this.#format.rest === "frames") {
      this.#take(rest, done);
      return;
    }
    this.#isOver = true;
    if (this.#format.hasChecksum === true) {
      this.#trailer = NOTHING;
      this.#compare(rest, done);
      return;
    }
    this.push(null);
    done();
  }

  /** Compares the checksum after the content, and ignores further bytes. */
  #compare(piece: Buffer, done: Done): void {
    const trailer = this.#trailer && Buffer.concat([this.#trailer, piece.subarray(0, 4)]);
    const sum = trailer !== undefined && trailer.length >= 4 ? trailer.readUInt32LE(0) : undefined;
    this.#trailer = sum === undefined ? trailer : undefined;
    if (sum !== undefined && sum !== this.#sum) {
      done(new Error("compressed content does not have its checksum"));
      return;
    }
    if (sum !== undefined) this.push(null);
    done();
  }
}
