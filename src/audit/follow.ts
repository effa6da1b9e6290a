import { isOnWeb } from "../http/target.ts";
import type { AuditReply, AuditRequest, AuditSend } from "./reply.ts";

/** Redirects that are followed, as crawlers do at least for robots.txt (RFC 9309 §2.3.1.2). */
export const MAX_REDIRECTS = 5;

/** A reply after redirects, and the addresses that redirected. */
export interface Followed {
  readonly reply: AuditReply;
  readonly redirects: readonly string[];
}

/**
 * Sends a request and follows redirects.
 *
 * @param mayFollow whether a redirect may be followed to a URL
 */
export async function sendFollowing(
  first: AuditRequest,
  send: AuditSend,
  maxBytes: number,
  mayFollow: (to: URL) => boolean,
): Promise<Followed> {
  const redirects: string[] = [];
  const { method, headers } = first;
  let { url } = first;
  for (;;) {
    const request = { method, url, headers };
    const reply = await send(request, maxBytes);
    const to = redirectTarget(reply);
    if (to === undefined || !mayFollow(to)) return { reply, redirects };
    redirects.push(url);
    const isLoop = redirects.includes(to.href);
    if (isLoop || redirects.length > MAX_REDIRECTS) {
      const message = isLoop ? "the redirects form a loop" : `more than ${MAX_REDIRECTS} redirects`;
      return { reply: { kind: "none", request, why: "redirects", message }, redirects };
    }
    url = to.href;
  }
}

/** The address to which a response redirects; undefined if it does not. */
export function redirectTarget(reply: AuditReply): URL | undefined {
  if (reply.kind === "none" || ![301, 302, 303, 307, 308].includes(reply.status)) return undefined;
  const location = reply.fields.get("location");
  const to = location === undefined ? null : URL.parse(location, reply.request.url);
  if (!isOnWeb(to)) return undefined;
  to.hash = "";
  return to;
}
