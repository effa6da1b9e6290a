import { findSharedText, LEAST_PAGES, type SharedText } from "./shared-text.ts";

/** The least part of a string that is used if the whole does not fit, in bytes. */
const LEAST_PART = 256;

/** Bytes of pages that a training reads at most; further pages are left out. */
export const MOST_TRAINED = 1024 * 1024;

/**
 * Makes raw dictionaries of several sizes for pages: strings that occur in three or more of them,
 * those of most worth at the end, where references to them are shortest.
 *
 * @param sizes in bytes; a dictionary may be shorter
 */
export async function trainDictionaries(
  pages: readonly Uint8Array[],
  sizes: readonly number[],
): Promise<Uint8Array<ArrayBuffer>[]> {
  const bounded = withinBytes(pages, MOST_TRAINED);
  if (bounded.length < LEAST_PAGES) return [];
  const shared = await findSharedText(bounded);
  return sizes.map((size) => fill(shared, size)).filter(({ length }) => length > 0);
}

function withinBytes(pages: readonly Uint8Array[], most: number): readonly Uint8Array[] {
  let left = most;
  return pages.filter(({ length }) => {
    if (length > left) return false;
    left -= length;
    return true;
  });
}

/** Fills a dictionary from its end with the strings of most worth. */
function fill(shared: readonly SharedText[], size: number): Uint8Array<ArrayBuffer> {
  const dictionary = new Uint8Array(size);
  let from = size;
  for (const { bytes } of shared) {
    // A part of a string occurs where the string does.
    const part = bytes.subarray(0, from);
    if (part.length < Math.min(LEAST_PART, bytes.length)) continue;
    from -= part.length;
    dictionary.set(part, from);
  }
  return dictionary.slice(from);
}
