import { isObject } from "../http/json.ts";
import { parseDocument } from "./parse-document.ts";
import { isPageReply, textOf, type AuditResponse } from "./reply.ts";
import { ACCEPT_JSON, type AuditedSite } from "./site.ts";
import type { Trail } from "./trail.ts";

/** A JSON document that was found, or the reason why there is none. */
export type FoundDocument =
  | {
      readonly kind: "found";
      readonly path: string;
      readonly value: Readonly<Record<string, unknown>>;
      readonly reply: AuditResponse;
    }
  /** Something is there, and it is no JSON object. */
  | { readonly kind: "broken"; readonly path: string; readonly why: string }
  | { readonly kind: "absent"; readonly isPage: boolean }
  | { readonly kind: "unable"; readonly why: string };

/** Requests the candidates in order, until one is a JSON object. */
export async function findDocument(
  site: AuditedSite,
  trail: Trail,
  paths: readonly string[],
  accept = ACCEPT_JSON,
): Promise<FoundDocument> {
  let isPage = false;
  let broken: FoundDocument | undefined;
  let unable: string | undefined;
  for (const path of paths) {
    const reply = await site.get(path, { accept });
    if (reply.kind === "none") {
      trail.fetched(reply);
      unable ??= reply.message;
      continue;
    }
    if (reply.status !== 200) {
      trail.fetched(reply);
      if (reply.status >= 500) unable ??= `${path} answers ${reply.status}`;
      continue;
    }
    if (isPageReply(reply)) {
      trail.fetched(reply, "an HTML page instead of JSON", "negative");
      isPage = true;
      continue;
    }
    trail.fetched(reply);
    const value = reply.isCut ? undefined : parseDocument(textOf(reply));
    if (isObject(value)) {
      trail.note("parse", path, "positive", "a JSON object");
      return { kind: "found", path, value, reply };
    }
    const why = reply.isCut ? "it is too long" : "it is no JSON object";
    trail.note("parse", path, "negative", why);
    broken ??= { kind: "broken", path, why };
  }
  if (broken !== undefined) return broken;
  return unable === undefined ? { kind: "absent", isPage } : { kind: "unable", why: unable };
}

/** The missing members of an object, by name. */
export function missingOf(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): readonly string[] {
  return names.filter((name) => value[name] === undefined || value[name] === "");
}

/** A string member, if it is one and not empty. */
export function textMember(value: unknown, name: string): string | undefined {
  const member = isObject(value) ? value[name] : undefined;
  return typeof member === "string" && member !== "" ? member : undefined;
}
