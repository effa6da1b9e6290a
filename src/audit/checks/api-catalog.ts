import { isObject } from "../../http/json.ts";
import { API_CATALOG } from "../../http/discovery/kinds.ts";
import { advise, type AuditCheck, type CheckContext } from "../check.ts";
import { findDocument } from "../json-document.ts";
import { notApplicable, unableToCheck, type AuditVerdict } from "../model.ts";
import { typeOfReply } from "../reply.ts";
import type { SiteSigns } from "../signs.ts";
import type { AuditedSite } from "../site.ts";

const goal = "describe the site's APIs in an API catalog (RFC 9727)";

export const apiCatalog: AuditCheck = {
  id: "apiCatalog",
  category: "discovery",
  title: "API catalog",
  goal,
  specs: ["https://www.rfc-editor.org/rfc/rfc9727", "https://www.rfc-editor.org/rfc/rfc9264"],
  guide: "api-catalog",
  async run(context) {
    const accept = "application/linkset+json, application/json";
    const found = await findDocument(context.site, context.trail, [API_CATALOG], accept);
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "absent":
        return absent(
          context,
          found.isPage ? "API Catalog returned HTML instead of JSON" : "API Catalog not found",
        );
      case "broken":
        return fail(context, `API Catalog: ${found.why}`);
      case "found":
        break;
    }
    const type = typeOfReply(found.reply);
    if (type !== "application/linkset+json") {
      return fail(
        context,
        `API Catalog has the type ${type || "none"} instead of application/linkset+json`,
      );
    }
    const { linkset } = found.value;
    const entries: readonly unknown[] = Array.isArray(linkset) ? linkset : [];
    const isSound =
      entries.length > 0 &&
      entries.every((entry) => isObject(entry) && typeof entry["anchor"] === "string");
    context.trail.note(
      "validate",
      "linkset",
      isSound ? "positive" : "negative",
      `${entries.length} entries`,
    );
    if (!isSound)
      return fail(
        context,
        entries.length === 0
          ? "API Catalog has no linkset"
          : "API Catalog has an entry without anchor",
      );
    return { status: "pass", message: "API Catalog found", details: { entries: entries.length } };
  },
};

async function absent(context: CheckContext, message: string): Promise<AuditVerdict> {
  const { api } = await context.signs();
  if (api !== undefined) return fail(context, `${message}, though ${api}`);
  return notApplicable(
    "nothing shows an API: no /openapi.json, and no service-desc in Link",
    "fail",
  );
}

async function fail(context: CheckContext, message: string): Promise<AuditVerdict> {
  const { site } = context;
  const { openApi } = await context.signs();
  return {
    status: "fail",
    message,
    advice: advise(site, goal, {
      ...(openApi === undefined ? {} : { rules: catalogRules(site, openApi) }),
      origin:
        'Serve /.well-known/api-catalog as application/linkset+json: "linkset" with one entry for each API, its address as "anchor", and service-desc, service-doc and status as far as they exist.',
    }),
  };
}

/** A catalog of the API that the OpenAPI document describes. */
function catalogRules(site: AuditedSite, openApi: NonNullable<SiteSigns["openApi"]>): object {
  const servers: unknown = openApi["servers"];
  const first: unknown = Array.isArray(servers) ? servers[0] : undefined;
  const server = isObject(first) && typeof first["url"] === "string" ? first["url"] : "/";
  const anchor = URL.parse(server, site.home.href)?.href ?? site.home.href;
  const description = [
    { href: `${site.origin}/openapi.json`, type: "application/vnd.oai.openapi+json" },
  ];
  const json = { linkset: [{ anchor, "service-desc": description }] };
  return { documents: { [API_CATALOG]: { json, precedence: "rules" } } };
}
