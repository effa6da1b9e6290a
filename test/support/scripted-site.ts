import type { AuditReply, AuditSend } from "../../src/audit/reply.ts";
import { openSite, type AuditedSite } from "../../src/audit/site.ts";
import { FieldList } from "../../src/http/fields.ts";

/** A response of a scripted site. */
export interface Scripted {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** A response by path, for each request or chosen by its fields; "none" gives no response. */
export type Script = Readonly<
  Record<string, Scripted | "none" | ((fields: Readonly<Record<string, string>>) => Scripted)>
>;

export const SITE = "https://site.example";

const HOME: Scripted = {
  type: "text/html",
  body: "<!doctype html><title>A site</title><p>Words.</p>",
};

/** Answers requests of an audit without sockets; a path without a response is 404. */
export function scriptedSend(script: Script, seen: string[] = [], site = SITE): AuditSend {
  return async (request, maxBytes): Promise<AuditReply> => {
    const url = new URL(request.url);
    seen.push(url.origin === site ? url.pathname + url.search : url.href);
    const key = url.origin === site ? url.pathname : url.href;
    const entry =
      script[key] ?? (key === "/" ? HOME : { status: 404, type: "text/plain", body: "none" });
    if (entry === "none") return { kind: "none", request, why: "timeout", message: "no response" };
    return scriptedReply(
      request,
      typeof entry === "function" ? entry(request.headers) : entry,
      maxBytes,
    );
  };
}

/** A response to a request, cut off after a number of bytes. */
export function scriptedReply(
  request: Parameters<AuditSend>[0],
  { status = 200, type = "text/plain", body = "", fields = {} }: Scripted,
  maxBytes = Infinity,
): Extract<AuditReply, { kind: "response" }> {
  const content = new TextEncoder().encode(body);
  return {
    kind: "response",
    request,
    status,
    fields: FieldList.from(Object.entries({ "content-type": type, ...fields }).flat()),
    content: content.subarray(0, maxBytes),
    isCut: content.length > maxBytes,
    sentBytes: content.length,
  };
}

/** Opens a scripted site. */
export function openScripted(script: Script, seen?: string[], site = SITE): Promise<AuditedSite> {
  const send = scriptedSend(script, seen, site);
  return openSite(new URL(site), { send, headers: {}, ignoresRobots: false });
}
