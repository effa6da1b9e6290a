import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { nativeDcb } from "../codecs/brotli-native.ts";
import { wasmDcb } from "../codecs/dcb/wasm.ts";
import type { DeltaCodec } from "../codecs/delta.ts";
import { nativeDcz } from "../codecs/zstd-native.ts";
import { wasmDcz } from "../codecs/zstd-wasm.ts";
import { sha256 } from "../http/digest.ts";
import { frameDelta } from "../http/dictionary.ts";
import { dcbModule, zstdModule } from "../runtime/node/wasm-modules.ts";
import { readBytes } from "./rules-file.ts";
import { onlyOne, parseArguments, UsageError, type Command } from "./usage.ts";

/** Bytes of content and of a dictionary that the encoders accept here, at most. */
const MOST = 16 * 1024 * 1024;

/** The codecs by coding and encoder, with the range of their qualities. */
const CODECS = {
  dcb: {
    native: { make: (quality?: number) => nativeDcb(quality), qualities: [5, 11] },
    wasm: {
      make: (quality?: number) =>
        wasmDcb(dcbModule(), { quality, most: MOST, decodeBrotli: brotliDecompressSync }),
      qualities: [1, 11],
    },
  },
  dcz: {
    native: { make: (quality?: number) => nativeDcz(quality), qualities: [1, 22] },
    wasm: {
      make: (quality?: number) => wasmDcz(zstdModule(), { quality, most: MOST }),
      qualities: [1, 22],
    },
  },
} as const;

/** `wayleave delta`: writes the delta of two files, and reports the sizes in all codings. */
export const delta: Command = {
  summary: "compresses a file against an older version of it",
  help: `wayleave delta --coding dcb|dcz --dictionary OLD [--encoder native|wasm] [--quality N] NEW

Writes the content of a dictionary-compressed response (RFC 9842) to standard output, and the
sizes of NEW in all codings to standard error.

  --coding NAME      dcb (Brotli) or dcz (zstd)
  --dictionary OLD   the file that the client has
  --encoder NAME     native (Node's own, the default) or wasm (what Workers use)
  --quality N        dcb: 5 to 11 (wasm: 1 to 11), default 5; dcz: 1 to 22,
                     default 12 (wasm: 11)
`,
  async run({ argv, out, err }) {
    const { values, positionals } = parseArguments(argv, {
      coding: { type: "string" },
      dictionary: { type: "string" },
      encoder: { type: "string", default: "native" },
      quality: { type: "string" },
    });
    const { coding, encoder } = values;
    if (coding !== "dcb" && coding !== "dcz") throw new UsageError("--coding must be dcb or dcz");
    if (encoder !== "native" && encoder !== "wasm") {
      throw new UsageError("--encoder must be native or wasm");
    }
    if (values.dictionary === undefined)
      throw new UsageError("give the old file with --dictionary");
    const file = onlyOne(positionals, "give one new file");
    const { make, qualities } = CODECS[coding][encoder];
    const codec = make(readQuality(values.quality, qualities));
    if (codec === undefined)
      throw new UsageError(
        "this version of Node does not support dictionaries; use --encoder wasm",
      );
    const [dictionary, content] = [readBytes(values.dictionary), readBytes(file)];
    const body = await encode(codec, content, dictionary);
    if (body === undefined)
      throw new UsageError(
        `${coding} can't encode these files: they are too large, or the dictionary is unsuitable`,
      );
    err(await sizes(content, dictionary));
    out(body);
    return 0;
  },
};

function readQuality(text: string | undefined, [least, most]: readonly [number, number]) {
  if (text === undefined) return undefined;
  const quality = Number(text);
  if (!/^\d{1,2}$/.test(text) || quality < least || quality > most) {
    throw new UsageError(
      `--quality must be a number from ${least} to ${most} for this coding and encoder`,
    );
  }
  return quality;
}

async function encode(
  codec: DeltaCodec,
  content: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array | undefined> {
  const stream = await codec.encode(content, dictionary);
  return stream && frameDelta(codec.coding, await sha256(dictionary), stream);
}

async function sizes(
  content: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  const zstd = { params: { [constants.ZSTD_c_compressionLevel]: 9 } };
  const lines: [string, number | undefined][] = [
    ["identity", content.length],
    ["gzip -6", gzipSync(content, { level: 6 }).length],
    ["br 5", brotliCompressSync(content, brotli).length],
    ["zstd 9", zstdCompressSync(content, zstd).length],
  ];
  for (const [coding, encoders] of Object.entries(CODECS)) {
    for (const [encoder, { make }] of Object.entries(encoders)) {
      const codec = make();
      const body = codec && (await encode(codec, content, dictionary));
      lines.push([`${coding} ${encoder}`, body?.length]);
    }
  }
  return lines
    .map(([name, size]) => `${name.padEnd(12)} ${size === undefined ? "-" : size}\n`)
    .join("");
}
