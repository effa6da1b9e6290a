import { parseCacheControl } from "../../http/cache-control.ts";
import { variesOn } from "../../http/vary.ts";
import { typeOfReply, type AuditReply, type AuditResponse } from "../reply.ts";
import { ACCEPT_HTML, ACCEPT_MARKDOWN, type GetOptions } from "../site.ts";
import type { FurtherContext } from "./further-check.ts";

/** The two forms of a page that the cache checks request. */
export type PageForm = "HTML" | "Markdown";

export const ACCEPT_OF: Readonly<Record<PageForm, string>> = {
  HTML: ACCEPT_HTML,
  Markdown: ACCEPT_MARKDOWN,
};

/** The form of a response; undefined if it is an error or something else. */
export function formOf(reply: AuditReply): PageForm | undefined {
  if (reply.kind === "none" || reply.status !== 200) return undefined;
  const type = typeOfReply(reply);
  if (type === "text/markdown") return "Markdown";
  return type === "text/html" ? "HTML" : undefined;
}

/** Requests a target anew, and records it. */
export async function askAnew(
  { site, trail }: FurtherContext,
  target: string,
  options: GetOptions,
  label: string,
): Promise<AuditReply> {
  const reply = await site.get(target, { ...options, isFresh: true });
  trail.fetched(reply, `${label}: ${describeReply(reply)}`, "neutral");
  return reply;
}

function describeReply(reply: AuditReply): string {
  if (reply.kind === "none") return reply.message;
  const coding = reply.fields.get("content-encoding") ?? "identity";
  const state = cacheStateOf(reply);
  return `status ${reply.status}, ${typeOfReply(reply) || "no type"}, ${coding}${state === undefined ? "" : `, ${state}`}`;
}

const STATE_FIELDS = [
  "cache-status",
  "cf-cache-status",
  "x-cache",
  "x-vercel-cache",
  "x-cache-status",
];

/** The words of a cache about a response, if it came from one. */
export function cacheStateOf({ fields }: AuditResponse): string | undefined {
  const age = fields.get("age");
  const said = STATE_FIELDS.flatMap((name) => {
    const value = fields.get(name);
    return value === undefined ? [] : [`${name}: ${value.slice(0, 100)}`];
  });
  const all = [...(age === undefined ? [] : [`age: ${age.slice(0, 20)}`]), ...said];
  return all.length === 0 ? undefined : all.join(", ");
}

/** Whether a shared cache may store a response, as far as its fields tell. */
export function isSharable({ fields }: AuditResponse): boolean {
  const directives = parseCacheControl(fields.get("cache-control"));
  return (
    !["private", "no-store"].some((name) => directives.has(name)) &&
    fields.get("set-cookie") === undefined
  );
}

/** Whether Vary lacks a request field that selects between forms, so that a cache may mix them up. */
export function lacksVary(reply: AuditResponse, name: string): boolean {
  return isSharable(reply) && !variesOn(reply.fields, name);
}

/** A target with a query that no cache has stored. */
export function inventTarget(target: string, invent: () => string): string {
  return `${target}${target.includes("?") ? "&" : "?"}wayleave-audit=${invent()}`;
}
