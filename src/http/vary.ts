import type { Fields } from "./fields.ts";
import { splitList } from "./list.ts";

/** Adds missing members to `Vary` (RFC 9110 §12.5.5), unless it is `*`. */
export function mergeVary(fields: Fields, names: Iterable<string>): void {
  const current = splitList(fields.get("vary") ?? "");
  const known = new Set(current.map((member) => member.toLowerCase()));
  if (known.has("*")) return;
  const before = current.length;
  for (const name of names) {
    const lower = name.toLowerCase();
    if (known.has(lower)) continue;
    known.add(lower);
    current.push(name);
  }
  if (current.length > before) fields.set("vary", current.join(", "));
}

/** Whether `Vary` names a request field, or is `*`. */
export function variesOn(fields: Fields, name: string): boolean {
  const vary = fields.get("vary");
  if (vary === undefined) return false;
  const wanted = name.toLowerCase();
  return splitList(vary).some((member) => member === "*" || member.toLowerCase() === wanted);
}
