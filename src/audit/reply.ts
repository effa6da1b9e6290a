import type { Fields } from "../http/fields.ts";

/** A request of the audit. */
export interface AuditRequest {
  readonly method: "GET" | "HEAD";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The reason for a request without a response. */
export type NoReply =
  | "timeout"
  | "unreachable"
  | "redirects"
  | "not-public"
  | "budget"
  | "disallowed"
  | "too-large";

/** The response to a request, its content decoded and bounded; or the reason why there is none. */
export type AuditReply =
  | {
      readonly kind: "response";
      readonly request: AuditRequest;
      readonly status: number;
      readonly fields: Fields;
      readonly content: Uint8Array;
      /** Whether the content is longer than the bound. */
      readonly isCut: boolean;
      /** Bytes of the content as sent, in its coding. */
      readonly sentBytes: number;
    }
  | {
      readonly kind: "none";
      readonly request: AuditRequest;
      readonly why: NoReply;
      readonly message: string;
    };

export type AuditResponse = Extract<AuditReply, { kind: "response" }>;

/** Sends a request, and follows no redirect; never rejects. */
export type AuditSend = (request: AuditRequest, maxBytes: number) => Promise<AuditReply>;

/** The content as text in UTF-8. */
export function textOf(reply: AuditReply): string {
  return reply.kind === "response" ? new TextDecoder().decode(reply.content) : "";
}

/** The media type of a response without parameters, in lower case; "" if there is none. */
export function typeOfReply(reply: AuditReply): string {
  if (reply.kind === "none") return "";
  return (reply.fields.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Whether the content is a web page, whatever its type says. */
export function isPageReply(reply: AuditReply): boolean {
  const begin = textOf(reply).slice(0, 1024);
  return (
    /^text\/html|^application\/xhtml/.test(typeOfReply(reply)) ||
    /^\s*<(?:!doctype html|html)/i.test(begin)
  );
}
