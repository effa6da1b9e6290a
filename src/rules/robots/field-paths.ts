import { containsGlob, formatGlob, lengthenGlob, witnessOf, type Glob } from "./pattern.ts";
import { cellsOf, regionAt, type Region } from "./region.ts";

/** Pages with the value of a field; the first region that has a page decides. */
export interface ValuedRegion extends Region {
  /** Empty if the field says nothing about the pages. */
  readonly value: string;
}

/** A line of a field whose value may follow a path. */
interface PathLine<Of> {
  /** Undefined for a line about all pages. */
  readonly path: string | undefined;
  readonly value: string;
  /** Undefined for pages of no region. */
  readonly region: Of | undefined;
}

/**
 * Writes the lines by which the longest matching path decides as the first region does
 * (draft-ietf-aipref-attach §4). Undefined if the regions overlap in too many ways.
 */
export function writeByPath<Of extends ValuedRegion>(
  regions: readonly Of[],
):
  | {
      readonly lines: readonly PathLine<Of>[];
      /** Pages for which no line is long enough. */
      readonly unsaid: readonly { readonly pattern: string; readonly region: Of | undefined }[];
    }
  | undefined {
  if (regions.every(({ value }) => value === "")) return { lines: [], unsaid: [] };
  const cells = cellsOf([regions]);
  if (cells === undefined) return undefined;
  const lines: (PathLine<Of> & { readonly glob: Glob })[] = [];
  const unsaid: { pattern: string; region: Of | undefined }[] = [];
  for (const glob of cells) {
    const region = regionAt(regions, witnessOf(glob));
    const value = region?.value ?? "";
    const around = lines.filter((line) => containsGlob(line.glob, glob));
    const longest = Math.max(-1, ...around.map(lengthOf));
    const deciding = around.filter((line) => lengthOf(line) === longest);
    const isSaid = around.length === 0 ? value === "" : deciding.every((l) => l.value === value);
    if (isSaid) continue;
    // A line without path is shorter than all others.
    const path = glob === "/*" ? undefined : lengthenGlob(glob, longest + 1);
    if (path === undefined && glob !== "/*") unsaid.push({ pattern: formatGlob(glob), region });
    else lines.push({ glob, path, value, region });
  }
  return { lines, unsaid };
}

function lengthOf({ path }: PathLine<unknown>): number {
  return path?.length ?? 0;
}
