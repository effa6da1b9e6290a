import { concat } from "../../../http/bytes.ts";
import { sha256, toHex } from "../../../http/digest.ts";
import { patiently } from "../patience.ts";
import type { AutoOptions } from "./auto.ts";

/** The bytes of versions that are stored for trials. */
export type Candidates = ReturnType<typeof storedCandidates>;

/**
 * Candidates in a blob store. A first line names the group, so that deletion never hits a
 * dictionary with equal bytes.
 */
export function storedCandidates(
  { blobs, warn }: Pick<AutoOptions, "blobs" | "warn">,
  patience: number,
) {
  return {
    /** Stores content, and returns its name; undefined if the store fails. */
    async store(group: string, content: Uint8Array, ttl: number): Promise<string | undefined> {
      const bytes = concat([lineOf(group), content]);
      const name = toHex(await sha256(bytes));
      const stored = await patiently(() => blobs.put(name, bytes, ttl), patience);
      if (stored.kind === "done") return name;
      warn("auto-dictionary-blob-failed", { error: stored.error });
      return undefined;
    },
    /** The content; undefined if it is missing or altered, or the store fails. */
    async load(group: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
      const loaded = await patiently(() => blobs.get(name), patience);
      const bytes = loaded.kind === "done" ? loaded.value : undefined;
      if (bytes === undefined || toHex(await sha256(bytes)) !== name) return undefined;
      return bytes.slice(lineOf(group).length);
    },
    drop: (name: string) => patiently(() => blobs.delete(name), patience),
  };
}

function lineOf(group: string): Uint8Array {
  return new TextEncoder().encode(`candidate of ${group}\n`);
}
