import { isObject } from "../../http/json.ts";
import type { AuditCheck } from "../check.ts";
import { findDocument } from "../json-document.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import { AGENT_CARD } from "./a2a-agent-card.ts";

/** Payments of agents, which an agent card declares as an extension. */
export const ap2: AuditCheck = {
  id: "ap2",
  category: "commerce",
  title: "Agent Payments Protocol",
  goal: "declare AP2 in the agent card, if the site's agent takes part in payments",
  specs: ["https://ap2-protocol.org/"],
  guide: "ap2",
  async run({ site, trail }) {
    const found = await findDocument(site, trail, [AGENT_CARD]);
    if (found.kind === "unable") return unableToCheck(found.why);
    if (found.kind !== "found")
      return notApplicable(
        "the site has no agent card, and so no agent that pays or is paid",
        "fail",
      );
    const { capabilities } = found.value;
    const extensions = isObject(capabilities) ? capabilities["extensions"] : undefined;
    const uris = (Array.isArray(extensions) ? extensions : []).flatMap((each: unknown) =>
      isObject(each) && typeof each["uri"] === "string" ? [each["uri"]] : [],
    );
    const declares = uris.some((uri) => /\bap2\b/i.test(uri));
    trail.note(
      "parse",
      "capabilities.extensions",
      declares ? "positive" : "neutral",
      uris.join(", ") || "none",
    );
    if (declares) return { status: "pass", message: "AP2 declared in the agent card" };
    return notApplicable("the agent card declares no extension for payments", "fail");
  },
};
