import { isObject } from "../../http/json.ts";
import { advise, type AuditCheck } from "../check.ts";
import { findDocument, textMember } from "../json-document.ts";
import { notApplicable, unableToCheck } from "../model.ts";

const goal = "publish the discovery document of the shop's commerce API (ACP)";

export const acp: AuditCheck = {
  id: "acp",
  category: "commerce",
  title: "Agentic Commerce Protocol",
  goal,
  specs: ["https://agenticcommerce.dev"],
  guide: "acp",
  async run({ site, trail, isCommerce }) {
    const found = await findDocument(site, trail, ["/.well-known/acp.json"]);
    const fail = (message: string) => ({
      status: "fail" as const,
      message,
      advice: advise(site, goal, {
        origin:
          "Switch ACP on in your shop's platform, which then serves /.well-known/acp.json. If the platform has no such API, publish nothing.",
      }),
    });
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return fail(`ACP document: ${found.why}`);
      case "absent":
        if (isCommerce) return fail("ACP document not found");
        return notApplicable("nothing shows that the site sells something", "fail");
      case "found": {
        const { protocol, transports, capabilities } = found.value;
        const services = isObject(capabilities) ? capabilities["services"] : undefined;
        const missing = [
          ...(textMember(protocol, "name") === "acp" ? [] : ['protocol.name "acp"']),
          ...(textMember(protocol, "version") === undefined ? ["protocol.version"] : []),
          ...(textMember(found.value, "api_base_url") === undefined ? ["api_base_url"] : []),
          ...(Array.isArray(transports) && transports.length > 0 ? [] : ["transports"]),
          ...(Array.isArray(services) && services.length > 0 ? [] : ["capabilities.services"]),
        ];
        trail.note(
          "validate",
          found.path,
          missing.length === 0 ? "positive" : "negative",
          missing.join(", ") || "complete",
        );
        if (missing.length > 0) return fail(`ACP document lacks ${missing.join(", ")}`);
        return { status: "pass", message: "ACP document found" };
      }
    }
  },
};
