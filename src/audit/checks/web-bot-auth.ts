import { WELL_KNOWN_DIRECTORY } from "../../http/known-paths.ts";
import type { AuditCheck } from "../check.ts";
import { findDocument } from "../json-document.ts";
import { unableToCheck } from "../model.ts";

/** Never fails: only a site that sends signed requests needs a key directory. */
export const webBotAuth: AuditCheck = {
  id: "webBotAuth",
  category: "botAccessControl",
  title: "Key directory (Web Bot Auth)",
  goal: "publish the keys by which the site signs requests that it sends as an agent",
  specs: ["https://datatracker.ietf.org/wg/webbotauth/about/"],
  guide: "web-bot-auth",
  async run({ site, trail }) {
    const accept = "application/http-message-signatures-directory+json, application/json;q=0.9";
    const found = await findDocument(site, trail, [WELL_KNOWN_DIRECTORY], accept);
    const name = "Web Bot Auth directory";
    const neutral = (what: string) => ({
      status: "neutral" as const,
      message: `${name} ${what} (informational only)`,
    });
    switch (found.kind) {
      case "found": {
        const { keys } = found.value;
        if (Array.isArray(keys) && keys.length > 0) {
          return { status: "pass", message: `${name} found`, details: { keys: keys.length } };
        }
        return neutral("has no keys");
      }
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return neutral("is no JSON object");
      case "absent":
        return neutral(found.isPage ? "returned HTML instead of JSON" : "not found");
    }
  },
};
