import { cut } from "../cut.ts";
import type { RequestEvent } from "../event.ts";

/** Characters of a value that clients choose, at most. */
const LONGEST = 1024;

/** nginx's status for a client that leaves before the response. */
const CLIENT_GONE = 499;

/** Formats an event in the combined format of nginx and Apache. */
export function formatCombined(event: RequestEvent): string {
  const { client, method, path, version, bytesSent } = event;
  const status = event.status ?? (event.end === "client-gone" ? CLIENT_GONE : 0);
  const protocol = version === "" ? "" : ` HTTP/${version}`;
  const isRead = method !== "-";
  const request = isRead ? `${cut(method, 32)} ${cut(path, LONGEST - 64)}${protocol}` : "";
  const parts = [
    client.address === undefined ? "-" : escape(client.address).slice(0, 64),
    "-",
    "-",
    `[${formatTime(event.time)}]`,
    quoted(request),
    String(status).padStart(3, "0"),
    bytesSent === undefined ? "-" : String(bytesSent),
    quoted(client.referrer ?? ""),
    quoted(client.userAgent ?? ""),
  ];
  return parts.join(" ");
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** E.g. `28/Nov/2026:23:59:59 +0000`. */
function formatTime(time: number): string {
  const [date = "", clock = ""] = new Date(time).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock.slice(0, 8)} +0000`;
}

function quoted(text: string): string {
  if (text === "") return '"-"';
  const escaped = escape(cut(text, LONGEST));
  if (escaped.length <= LONGEST) return `"${escaped}"`;
  // Does not cut within an escape.
  return `"${escaped.slice(0, LONGEST).replace(/\\(?:x[0-9A-F]?)?$/, "")}..."`;
}

/** Escapes quotes, backslashes and all but printable ASCII as \xXX, as nginx does by default. */
function escape(text: string): string {
  return text.replaceAll(/["\\]|[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    // Node gives fields as one character for each byte.
    const bytes = code < 0x100 ? [code] : [...new TextEncoder().encode(character)];
    return bytes.map((byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}
