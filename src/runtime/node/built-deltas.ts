import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltDeltas } from "../../feature/parts.ts";
import { MOST_LISTED } from "../../features/compression/built.ts";
import {
  builtDeltasFrom,
  type BuiltDeltasParts,
  type BuiltSource,
} from "../../features/compression/built-source.ts";

/** Reads the deltas of a folder that `wayleave deltas build` wrote. */
export function folderDeltas(folder: string, parts: BuiltDeltasParts): BuiltDeltas {
  return builtDeltasFrom(folderSource(folder), parts, { folder });
}

function folderSource(folder: string): BuiltSource {
  return {
    async list(stamp) {
      const place = join(folder, "deltas.json");
      const found = await unlessMissing(stat(place));
      if (found === undefined) return undefined;
      const latest = `${found.mtimeMs}/${found.size}/${found.ino}`;
      if (latest === stamp) return "unchanged";
      const content = await readAtMost(place, MOST_LISTED);
      if (content === undefined) throw new RangeError("the list is too long");
      return { text: Buffer.from(content.buffer).toString("utf8"), stamp: latest };
    },
    read: (file, mostBytes) => unlessMissing(readAtMost(join(folder, file), mostBytes)),
  };
}

/** Reads a whole file; undefined if it is larger. */
async function readAtMost(
  place: string,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const handle = await open(place, "r");
  try {
    const { size } = await handle.stat();
    if (size > mostBytes) return undefined;
    const content = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await handle.read(content, at, size - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return content.slice(0, at);
  } finally {
    await handle.close();
  }
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
