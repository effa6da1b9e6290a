import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { valueOf, type Got } from "./client.ts";

/** The content without its coding; undefined if it can't be decoded. */
export function decoded(got: Got): Buffer | undefined {
  try {
    return decode(got);
  } catch {
    return undefined;
  }
}

function decode({ lines, content }: Got): Buffer | undefined {
  switch (valueOf(lines, "content-encoding")) {
    case undefined:
      return content;
    case "gzip":
      return gunzipSync(content);
    case "br":
      return brotliDecompressSync(content);
    case "zstd":
      return zstdDecompressSync(content);
    case "deflate":
      return inflateSync(content);
    default:
      return undefined;
  }
}
