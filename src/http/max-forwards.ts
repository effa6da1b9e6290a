/** The effect of Max-Forwards on a proxy (RFC 9110 §7.6.2). */
type MaxForwards =
  | { readonly kind: "none" }
  | { readonly kind: "final" }
  | { readonly kind: "forward"; readonly left: string };

/** Parses Max-Forwards of a TRACE or OPTIONS request; it has no meaning for other methods. */
export function parseMaxForwards(value: string | undefined): MaxForwards {
  if (value === undefined || !/^\d+$/.test(value)) return { kind: "none" };
  // RFC 9110 §7.6.2: a recipient may lower the value to the largest that it supports.
  const hops = Math.min(Number(value), 255);
  return hops === 0 ? { kind: "final" } : { kind: "forward", left: String(hops - 1) };
}
