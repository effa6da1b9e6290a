import { concat } from "../../../http/bytes.ts";
import { sha256, toHex } from "../../../http/digest.ts";
import type { BlobStore } from "../../../store/store.ts";

/** The bytes of versions that are stored for trials. */
export type Candidates = ReturnType<typeof storedCandidates>;

/**
 * Candidates in a blob store. A first line names the group, so that deletion never hits a
 * dictionary with equal bytes.
 */
export function storedCandidates(blobs: BlobStore) {
  return {
    /** Stores content, and returns its name. */
    async store(group: string, content: Uint8Array, ttl: number): Promise<string> {
      const bytes = concat([lineOf(group), content]);
      const name = toHex(await sha256(bytes));
      await blobs.put(name, bytes, ttl);
      return name;
    },
    /** The content; undefined if it is missing or altered. */
    async load(group: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
      const bytes = await blobs.get(name);
      if (bytes === undefined || toHex(await sha256(bytes)) !== name) return undefined;
      return bytes.slice(lineOf(group).length);
    },
    drop: (name: string): Promise<void> => blobs.delete(name),
  };
}

function lineOf(group: string): Uint8Array {
  return new TextEncoder().encode(`candidate of ${group}\n`);
}
