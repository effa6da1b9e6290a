/** What Max-Forwards asks of a proxy (RFC 9110 §7.6.2). */
export type MaxForwards =
  | { readonly kind: "none" }
  | { readonly kind: "final" }
  | { readonly kind: "forward"; readonly left: string };

/** Reads Max-Forwards of a TRACE or OPTIONS request; with other methods it means nothing. */
export function parseMaxForwards(value: string | undefined): MaxForwards {
  if (value === undefined || !/^\d+$/.test(value)) return { kind: "none" };
  // RFC 9110 §7.6.2: a larger one than the recipient supports becomes what it supports.
  const hops = Math.min(Number(value), 255);
  return hops === 0 ? { kind: "final" } : { kind: "forward", left: String(hops - 1) };
}
