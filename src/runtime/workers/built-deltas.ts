import type { R2Bucket, R2Object, R2ObjectBody } from "@cloudflare/workers-types";
import type { BuiltDeltas } from "../../feature/parts.ts";
import { MOST_LISTED } from "../../features/compression/built.ts";
import {
  builtDeltasFrom,
  type BuiltDeltasParts,
  type BuiltSource,
} from "../../features/compression/built-source.ts";

/** The prefix of built deltas in the bucket. */
const PREFIX = "deltas/";

/** Reads built deltas from a bucket: `deltas/deltas.json`, and the files that it lists there. */
export function bucketDeltas(bucket: R2Bucket, parts: BuiltDeltasParts): BuiltDeltas {
  return builtDeltasFrom(bucketSource(bucket), parts);
}

function bucketSource(bucket: R2Bucket): BuiltSource {
  return {
    async list(stamp) {
      const key = `${PREFIX}deltas.json`;
      const object =
        stamp === undefined
          ? await bucket.get(key)
          : await bucket.get(key, { onlyIf: { etagDoesNotMatch: stamp } });
      if (object === null) return undefined;
      if (!hasContent(object)) return "unchanged";
      if (object.size > MOST_LISTED) {
        await object.body.cancel();
        throw new RangeError("the list is too long");
      }
      return { text: await object.text(), stamp: object.etag };
    },
    async read(file, mostBytes) {
      const object = await bucket.get(PREFIX + file);
      if (object === null) return undefined;
      if (object.size > mostBytes) {
        await object.body.cancel();
        return undefined;
      }
      return new Uint8Array(await object.arrayBuffer());
    },
  };
}

/** Whether an object has content; it has none if the condition of the get was false. */
function hasContent(object: R2Object): object is R2ObjectBody {
  return "body" in object && object.body !== undefined;
}
