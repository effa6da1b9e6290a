import { advise, type AuditCheck } from "../check.ts";
import { findDocument, missingOf } from "../json-document.ts";
import { notApplicable, unableToCheck } from "../model.ts";

const goal = "publish the profile of the shop's commerce services (UCP)";

export const ucp: AuditCheck = {
  id: "ucp",
  category: "commerce",
  title: "Universal Commerce Protocol",
  goal,
  specs: ["https://ucp.dev/specification/overview/"],
  guide: "ucp",
  async run({ site, trail, isCommerce }) {
    const found = await findDocument(site, trail, ["/.well-known/ucp"]);
    const fail = (message: string) => ({
      status: "fail" as const,
      message,
      advice: advise(site, goal, {
        origin:
          "Switch UCP on in your shop's platform, which then serves /.well-known/ucp. If the platform has no such services, publish nothing.",
      }),
    });
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return fail(`UCP profile: ${found.why}`);
      case "absent":
        if (isCommerce) return fail("UCP profile not found");
        return notApplicable("nothing shows that the site sells something", "fail");
      case "found": {
        // Some platforms wrap the profile in a member of its own.
        const inner = found.value["ucp"];
        const profile =
          typeof inner === "object" && inner !== null ? { ...found.value, ...inner } : found.value;
        const version = ["protocol_version", "version"].some(
          (name) => typeof profile[name] === "string",
        );
        const missing = [
          ...(version ? [] : ["protocol_version"]),
          ...missingOf(profile, ["services", "capabilities"]),
        ];
        trail.note(
          "validate",
          found.path,
          missing.length === 0 ? "positive" : "negative",
          missing.join(", ") || "complete",
        );
        if (missing.length > 0) return fail(`UCP profile lacks ${missing.join(", ")}`);
        return { status: "pass", message: "UCP profile found" };
      }
    }
  },
};
