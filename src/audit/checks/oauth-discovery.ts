import { advise, type AuditCheck } from "../check.ts";
import { findDocument, missingOf } from "../json-document.ts";
import { notApplicable, unableToCheck } from "../model.ts";

const goal = "publish the metadata of the site's authorization server";

/** The places of the metadata of an authorization server. */
export const AUTHORIZATION_SERVER = [
  "/.well-known/openid-configuration",
  "/.well-known/oauth-authorization-server",
];

export const oauthDiscovery: AuditCheck = {
  id: "oauthDiscovery",
  category: "discovery",
  title: "Metadata of the authorization server",
  goal,
  specs: [
    "https://www.rfc-editor.org/rfc/rfc8414",
    "https://openid.net/specs/openid-connect-discovery-1_0.html",
  ],
  guide: "oauth-discovery",
  async run({ site, trail, signs }) {
    const found = await findDocument(site, trail, AUTHORIZATION_SERVER);
    const fail = (message: string) => ({
      status: "fail" as const,
      message,
      advice: advise(site, goal, {
        origin:
          "Only an authorization server that issues tokens for this site can write this document: take it from there, with issuer, authorization_endpoint, token_endpoint and jwks_uri, and serve it unchanged. Without such a server, publish nothing: an invented document sends agents to endpoints that do not exist.",
      }),
    });
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return fail(`OAuth discovery metadata: ${found.why}`);
      case "absent": {
        const { oauth } = await signs();
        if (oauth !== undefined) return fail(`OAuth discovery metadata not found, though ${oauth}`);
        return notApplicable(
          "nothing on the site asks for a token, so there is no authorization server to describe",
          "fail",
        );
      }
      case "found": {
        const missing = missingOf(found.value, [
          "issuer",
          "authorization_endpoint",
          "token_endpoint",
          "jwks_uri",
        ]);
        trail.note(
          "validate",
          found.path,
          missing.length === 0 ? "positive" : "negative",
          missing.length === 0 ? "complete" : `without ${missing.join(", ")}`,
        );
        if (missing.length > 0) return fail(`OAuth discovery metadata lacks ${missing.join(", ")}`);
        return {
          status: "pass",
          message: "OAuth discovery metadata found",
          details: { path: found.path },
        };
      }
    }
  },
};
