export type OriginCoding = "identity" | "gzip" | "br";

/** The origin server's order of preference among codings of equal weight. */
const PREFERENCE: readonly OriginCoding[] = ["br", "gzip", "identity"];

/** Chooses a content coding for an Accept-Encoding field value (RFC 9110 §12.5.3); identity if none is acceptable. */
export function chooseCoding(acceptEncoding: string | undefined): OriginCoding {
  if (acceptEncoding === undefined) return "identity";
  const weights = parseWeights(acceptEncoding);
  const weightOf = (coding: OriginCoding): number =>
    weights.get(coding) ??
    (coding === "gzip" ? weights.get("x-gzip") : undefined) ??
    weights.get("*") ??
    // Identity is acceptable unless excluded, but codings that the client names come first.
    (coding === "identity" ? 0.0001 : 0);
  let best: OriginCoding = "identity";
  let bestWeight = 0;
  for (const coding of PREFERENCE) {
    const weight = weightOf(coding);
    if (weight > bestWeight) [best, bestWeight] = [coding, weight];
  }
  return best;
}

function parseWeights(value: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const member of value.split(",")) {
    const [name = "", ...parameters] = member.split(";").map((part) => part.trim().toLowerCase());
    if (name === "") continue;
    const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(
      name,
      q === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0,
    );
  }
  return weights;
}

/** The part of the content that a Range field requests (RFC 9110 §14.2); `whole` if the field is ignored. */
type RangeChoice =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly first: number; readonly last: number }
  | { readonly kind: "unsatisfiable" };

/** Applies a Range field value to content of `length` bytes; ignores several ranges. */
export function chooseRange(range: string | undefined, length: number): RangeChoice {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range ?? "");
  const [, from = "", to = ""] = match ?? [];
  if (from === "" && to === "") return { kind: "whole" };
  if (from === "") {
    const suffix = Number(to);
    if (suffix === 0 || length === 0) return { kind: "unsatisfiable" };
    return { kind: "part", first: Math.max(0, length - suffix), last: length - 1 };
  }
  const first = Number(from);
  const last = to === "" ? length - 1 : Math.min(Number(to), length - 1);
  if (to !== "" && Number(to) < first) return { kind: "whole" };
  return first >= length ? { kind: "unsatisfiable" } : { kind: "part", first, last };
}
