import type { Fields } from "./fields.ts";
import { splitList } from "./list.ts";
import { remembering } from "./remember.ts";

/** Adds missing members to `Vary` (RFC 9110 §12.5.5), unless it is `*`. */
export function mergeVary(fields: Fields, names: Iterable<string>): void {
  const received = fields.get("vary") ?? "";
  const added = [...names].join();
  if (latest.received !== received || latest.added !== added) {
    latest = { received, added, merged: merge(received, added.split(",")) };
  }
  if (latest.merged !== undefined) fields.set("vary", latest.merged);
}

/** The latest merge; the next response mostly needs the same. */
let latest: { received: string; added: string; merged: string | undefined } = {
  received: "",
  added: "",
  merged: undefined,
};

/** The new value; undefined if no member is missing. */
function merge(received: string, names: readonly string[]): string | undefined {
  const members = splitList(received);
  const known = new Set(members.map((member) => member.toLowerCase()));
  if (known.has("*")) return undefined;
  const before = members.length;
  for (const name of names) {
    const lower = name.toLowerCase();
    if (name === "" || known.has(lower)) continue;
    known.add(lower);
    members.push(name);
  }
  return members.length > before ? members.join(", ") : undefined;
}

/** Whether `Vary` names a request field, or is `*`. */
export function variesOn(fields: Fields, name: string): boolean {
  const vary = fields.get("vary");
  if (vary === undefined) return false;
  const members = membersOf(vary);
  return members.has("*") || members.has(name.toLowerCase());
}

const membersOf = remembering(
  (vary): ReadonlySet<string> => new Set(splitList(vary.toLowerCase())),
);
