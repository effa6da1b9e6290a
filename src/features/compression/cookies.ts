import { statesPublic } from "../../http/cache-control.ts";
import type { Fields } from "../../http/fields.ts";
import { isHtml, isScriptOrStyle, parseMediaType, type MediaType } from "../../http/media-type.ts";
import { variesOn } from "../../http/vary.ts";
import { isSharedDespiteCookies } from "../../cache/cookies.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { hasVersion } from "./auto/template.ts";
import type { Context } from "./context.ts";
import type { CompressionPolicy } from "./policy.ts";
import type { CompressionReason } from "./reasons.ts";

/** Whether content may depend on the request's cookies although the origin server is silent. */
export function hidesFromCookies(
  fields: Fields,
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): boolean {
  if (exchange.field("cookie") === undefined) return false;
  if (context.compile(policy)?.policy.ignoreCookies === true) return false;
  return !isSharedDespiteCookies({ get: (name) => exchange.field(name) }, fields);
}

/**
 * Why the response to a request with cookies is no dictionary and no delta, whatever its content;
 * undefined if evidence about the content decides (`CookieEvidence`).
 *
 * @param target in origin-form
 */
export function decideCookies(fields: Fields, target: string): CompressionReason | undefined {
  const type = parseMediaType(fields.get("content-type"));
  if (!isStatic(type) && !hasVersion(target)) {
    return isHtml(type) ? "document-with-cookies" : "cookies-no-version";
  }
  const isExplicit = statesPublic(fields.get("cache-control"));
  return isExplicit && !variesOn(fields, "authorization") ? undefined : "cookies-not-public";
}

/** Whether origin servers make content of this type for all clients: scripts, styles, fonts, wasm. */
function isStatic(type: MediaType | undefined): boolean {
  return isScriptOrStyle(type) || STATIC_TYPE.test(type?.essence ?? "");
}

const STATIC_TYPE =
  /^(?:font\/[a-z0-9-]{1,20}|application\/(?:wasm|ecmascript|vnd\.ms-fontobject|(?:x-)?font-[a-z]{1,10}))$/;
