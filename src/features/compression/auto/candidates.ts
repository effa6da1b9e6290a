import { sha256, toHex } from "../../../http/digest.ts";
import type { BlobStore } from "../../../store/store.ts";

/** The bytes of versions that are stored for trials. */
export interface Candidates {
  /** Stores content, and returns its name. */
  store(group: string, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<string>;
  /** The content; undefined if it is missing or altered. */
  load(group: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  drop(name: string): Promise<void>;
}

/** Candidates in a blob store. A first line names the group, so that deletion never hits a dictionary with equal bytes. */
export function storedCandidates(blobs: BlobStore): Candidates {
  return {
    async store(group, content, ttl) {
      const line = lineOf(group);
      const bytes = new Uint8Array(line.length + content.length);
      bytes.set(line);
      bytes.set(content, line.length);
      const name = toHex(await sha256(bytes));
      await blobs.put(name, bytes, ttl);
      return name;
    },
    async load(group, name) {
      const bytes = await blobs.get(name);
      if (bytes === undefined || toHex(await sha256(bytes)) !== name) return undefined;
      return bytes.slice(lineOf(group).length);
    },
    drop: (name) => blobs.delete(name),
  };
}

function lineOf(group: string): Uint8Array {
  return new TextEncoder().encode(`candidate of ${group}\n`);
}
