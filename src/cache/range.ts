/** A part of content, by its first and last byte. */
interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Parses a Range field with one range (RFC 9110 §14.1.2). "whole": the field is invalid or has
 * several ranges; "unsatisfiable": the range begins after the end.
 *
 * @param length bytes of the whole content
 */
export function parseRange(
  field: string | undefined,
  length: number,
): ByteRange | "whole" | "unsatisfiable" {
  const parts = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(field ?? "");
  const [, from = "", to = ""] = parts ?? [];
  if (parts === null || (from === "" && to === "")) return "whole";
  if (from === "") {
    const suffix = Math.min(Number(to), length);
    return suffix === 0 ? "unsatisfiable" : { first: length - suffix, last: length - 1 };
  }
  const first = Number(from);
  const last = to === "" ? length - 1 : Math.min(Number(to), length - 1);
  if (to !== "" && Number(to) < first) return "whole";
  return first >= length ? "unsatisfiable" : { first, last };
}
