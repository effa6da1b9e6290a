import { splitList } from "./list.ts";

/** Fields for one connection, never forwarded (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The value of nearly every Connection field. */
const PLAIN = /^(?:keep-alive|close)$/i;

/** Fields of the message itself, which `Connection` can't remove. */
const ESSENTIAL = new Set(["host", "content-length", "content-encoding", "content-type"]);

/** Tests whether a name is not forwarded (RFC 9110 §7.6.1). @param connection names more */
export function hopByHop(connection: string | undefined): (name: string) => boolean {
  if (connection === undefined || PLAIN.test(connection)) return isHopByHop;
  const listed = new Set(splitList(connection.toLowerCase()));
  listed.delete("close");
  listed.delete("keep-alive");
  if (listed.size === 0) return isHopByHop;
  return (name) => HOP_BY_HOP.has(name) || (listed.has(name) && !ESSENTIAL.has(name));
}

/** By length of a name, whether such a field may have it: most fields need no lookup of the whole name. */
const LENGTHS: readonly boolean[] = Array.from({ length: 32 }, (_none, length) =>
  [...HOP_BY_HOP].some((name) => name.length === length),
);

/** Whether a field is for one connection even if `Connection` does not name it. */
export function isHopByHop(name: string): boolean {
  return LENGTHS[name.length] === true && HOP_BY_HOP.has(name);
}
