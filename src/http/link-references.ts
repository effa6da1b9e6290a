const ANCHOR = String.raw`;[ \t]*anchor[ \t]*=[ \t]*`;
const QUOTED = String.raw`[^"\\]*(?:\\.[^"\\]*)*`;

/** A link's target, a quoted or plain anchor, or another quoted string; in linear time. */
const PARTS = new RegExp(
  `(<)([^>]*)|(${ANCHOR}")(${QUOTED}"?)|(${ANCHOR})([^ \t;,]*)|"${QUOTED}"?`,
  "gis",
);

/**
 * Maps the references in a Link field: the target and the anchor of each link (RFC 8288 §3.2). The
 * rest stays byte for byte. Undefined if nothing is mapped.
 *
 * @param map returns undefined for a reference that stays as it is
 */
export function mapLinks(
  value: string,
  map: (reference: string) => string | undefined,
): string | undefined {
  const mapped = value.replaceAll(PARTS, (part: string, ...groups: (string | undefined)[]) => {
    const [target, inTarget, quoted, inQuotes, plain, inPlain] = groups;
    const before = target ?? quoted ?? plain;
    if (before === undefined) return part;
    const reference = inTarget ?? inQuotes?.replace(/"$/, "") ?? inPlain ?? "";
    const after = part.slice(before.length + reference.length);
    return before + (map(reference) ?? reference) + after;
  });
  return mapped === value ? undefined : mapped;
}
