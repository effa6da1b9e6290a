import { isObject } from "../http/json.ts";
import { parseDocument } from "./parse-document.ts";
import { parseLinks } from "../http/link.ts";
import { isPageReply, textOf } from "./reply.ts";
import { ACCEPT_JSON, type AuditedSite } from "./site.ts";

/** Signs that a site has something that documents could describe; each is the evidence in words. */
export interface SiteSigns {
  /** An API. */
  readonly api: string | undefined;
  /** Resources that need a token of OAuth. */
  readonly oauth: string | undefined;
  /** A server of the Model Context Protocol. */
  readonly mcp: string | undefined;
  /** An agent that others can call (A2A). */
  readonly agent: string | undefined;
  /** Documentation, from which a skill can be made. */
  readonly docs: string | undefined;
  /** The site's OpenAPI document, if it has one. */
  readonly openApi: Readonly<Record<string, unknown>> | undefined;
}

const DOCS =
  /^\/(?:docs?|documentation|guides?|reference|manual|install|quickstart|tutorials?|handbook|getting-started|api)(?:\/|$)/i;

/** Looks for signs on the home page, in Link, in /openapi.json and at /api. */
export async function findSigns(site: AuditedSite): Promise<SiteSigns> {
  const openApi = await readOpenApi(site);
  const paths = site.homePage.links.flatMap((href) => {
    const url = URL.parse(href, site.home.href);
    return url?.origin === site.origin ? [url.pathname] : [];
  });
  const rels = new Set(parseLinks(site.homeReply.fields.get("link")).flatMap(({ rel }) => rel));
  const docs = paths.find((path) => DOCS.test(path));
  return {
    openApi,
    api:
      openApi === undefined
        ? rels.has("service-desc")
          ? "Link names a service-desc"
          : undefined
        : "it has an OpenAPI document at /openapi.json",
    oauth: await oauthSign(site, openApi),
    mcp: site.homePage.links.some((href) => /\/mcp\/?(?:$|[?#])/.test(href))
      ? "the home page links to an MCP endpoint"
      : undefined,
    agent: site.robots.otherFields.has("agentmap") ? "robots.txt has an Agentmap line" : undefined,
    docs: docs === undefined ? undefined : `the home page links to ${docs}`,
  };
}

async function readOpenApi(site: AuditedSite): Promise<SiteSigns["openApi"]> {
  const reply = await site.get("/openapi.json", { accept: ACCEPT_JSON });
  if (reply.kind === "none" || reply.status !== 200 || isPageReply(reply)) return undefined;
  const value = parseDocument(textOf(reply));
  const isOne = isObject(value) && ("openapi" in value || "swagger" in value);
  return isOne ? value : undefined;
}

/** Whether the site asks for a bearer token, or its API states a scheme of OAuth. */
async function oauthSign(
  site: AuditedSite,
  openApi: SiteSigns["openApi"],
): Promise<string | undefined> {
  for (const path of ["/", "/api", "/api/v1"]) {
    const reply = path === "/" ? site.homeReply : await site.get(path, { accept: ACCEPT_JSON });
    if (reply.kind === "none") continue;
    const challenge = reply.fields.get("www-authenticate") ?? "";
    if (/(?:^|,)\s*bearer\b/i.test(challenge)) return `${path} asks for a bearer token`;
  }
  const { components } = openApi ?? {};
  const schemes = isObject(components) ? components["securitySchemes"] : undefined;
  const found = Object.values(isObject(schemes) ? schemes : {}).some(
    (each) => isObject(each) && (each["type"] === "oauth2" || each["type"] === "openIdConnect"),
  );
  return found ? "its OpenAPI document names a scheme of OAuth" : undefined;
}
