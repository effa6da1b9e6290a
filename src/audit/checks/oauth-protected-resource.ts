import { PROTECTED_RESOURCE } from "../../http/discovery/json-kinds.ts";
import { advise, type AuditCheck, type CheckContext } from "../check.ts";
import { findDocument, textMember } from "../json-document.ts";
import { notApplicable, unableToCheck, type AuditVerdict } from "../model.ts";
import { AUTHORIZATION_SERVER } from "./oauth-discovery.ts";

const goal =
  "say which authorization server issues tokens for the site's protected resources (RFC 9728)";

export const oauthProtectedResource: AuditCheck = {
  id: "oauthProtectedResource",
  category: "discovery",
  title: "Metadata of protected resources",
  goal,
  specs: ["https://www.rfc-editor.org/rfc/rfc9728"],
  guide: "oauth-protected-resource",
  async run(context) {
    const { site, trail, signs } = context;
    const challenge = site.homeReply.fields.get("www-authenticate");
    trail.fetched(
      site.homeReply,
      challenge === undefined ? "no WWW-Authenticate" : "WWW-Authenticate",
      "neutral",
    );
    const named = /resource_metadata="([^"]+)"/.exec(challenge ?? "")?.[1];
    const url = named === undefined ? null : URL.parse(named);
    const own = url?.origin === site.origin ? [url.pathname] : [];
    const found = await findDocument(site, trail, [...new Set([...own, PROTECTED_RESOURCE])]);
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return fail(context, `Protected resource metadata: ${found.why}`);
      case "absent": {
        const { oauth } = await signs();
        if (oauth !== undefined)
          return fail(context, `Protected resource metadata not found, though ${oauth}`);
        return notApplicable(
          "nothing on the site asks for a token, so there is no protected resource to describe",
          "fail",
        );
      }
      case "found":
        break;
    }
    const resource = textMember(found.value, "resource");
    const { authorization_servers: servers } = found.value;
    trail.note(
      "validate",
      "resource",
      URL.parse(resource ?? "")?.origin === site.origin ? "positive" : "negative",
      resource ?? "absent",
    );
    if (resource === undefined) return fail(context, "Protected resource metadata has no resource");
    if (URL.parse(resource)?.origin !== site.origin) {
      return fail(
        context,
        `Protected resource metadata is about ${resource}, not about ${site.origin}`,
      );
    }
    if (!Array.isArray(servers) || servers.length === 0) {
      return fail(context, "Protected resource metadata names no authorization_servers");
    }
    return {
      status: "pass",
      message: "Protected resource metadata found",
      details: { path: found.path },
    };
  },
};

async function fail(context: CheckContext, message: string): Promise<AuditVerdict> {
  const { site } = context;
  const issuer = await knownIssuer(context);
  const rules =
    issuer === undefined
      ? {}
      : {
          rules: {
            documents: {
              [PROTECTED_RESOURCE]: {
                json: {
                  resource: site.home.href,
                  authorization_servers: [issuer],
                  bearer_methods_supported: ["header"],
                },
                precedence: "rules",
              },
            },
            defaults: { resourceMetadata: true },
          },
        };
  return {
    status: "fail",
    message,
    advice: advise(site, goal, {
      ...rules,
      origin:
        "Serve /.well-known/oauth-protected-resource as JSON with the site's own origin as resource and the issuers that issue tokens for it as authorization_servers, and name it in WWW-Authenticate of each 401. Without an authorization server, publish nothing.",
    }),
  };
}

/** The issuer that the site's own metadata names. */
async function knownIssuer({ site, trail }: CheckContext): Promise<string | undefined> {
  const found = await findDocument(site, trail, AUTHORIZATION_SERVER);
  const issuer = found.kind === "found" ? textMember(found.value, "issuer") : undefined;
  return issuer !== undefined && /^https?:\/\//i.test(issuer) && URL.canParse(issuer)
    ? issuer
    : undefined;
}
