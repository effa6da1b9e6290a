import { splitList } from "./list.ts";

/** RFC 9110 §7.6.1: meant for one connection, never forwarded. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What nearly every Connection field says. */
const PLAIN = /^(?:keep-alive|close)$/i;

/** Fields that the message itself depends on: `Connection` can't talk them away. */
const ESSENTIAL = new Set(["host", "content-length", "content-encoding", "content-type"]);

/**
 * Tells which lower-case field names are not forwarded (RFC 9110 §7.6.1).
 *
 * @param connection the value of `Connection`, whose members name further ones
 */
export function hopByHop(connection: string | undefined): (name: string) => boolean {
  if (connection === undefined || PLAIN.test(connection)) return isHopByHop;
  const listed = new Set(splitList(connection.toLowerCase()));
  listed.delete("close");
  listed.delete("keep-alive");
  if (listed.size === 0) return isHopByHop;
  return (name) => HOP_BY_HOP.has(name) || (listed.has(name) && !ESSENTIAL.has(name));
}

/** Whether a field is for one connection even if `Connection` does not name it. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}
