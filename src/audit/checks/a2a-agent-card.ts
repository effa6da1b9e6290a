import { advise, type AuditCheck } from "../check.ts";
import { findDocument, missingOf } from "../json-document.ts";
import { notApplicable, unableToCheck } from "../model.ts";

const goal = "publish the card of the site's agent (A2A)";

/** The place of the card. */
export const AGENT_CARD = "/.well-known/agent-card.json";

export const a2aAgentCard: AuditCheck = {
  id: "a2aAgentCard",
  category: "discovery",
  title: "A2A agent card",
  goal,
  specs: ["https://a2a-protocol.org/latest/specification/"],
  guide: "a2a-agent-card",
  async run({ site, trail, signs }) {
    const found = await findDocument(site, trail, [AGENT_CARD]);
    const fail = (message: string) => ({
      status: "fail" as const,
      message,
      advice: advise(site, goal, {
        origin:
          "Let the agent itself write /.well-known/agent-card.json with name, version, description, supportedInterfaces, capabilities and skills. If the site has no agent that others can call, publish no card.",
      }),
    });
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return fail(`A2A Agent Card: ${found.why}`);
      case "absent": {
        const { agent } = await signs();
        if (agent !== undefined) return fail(`A2A Agent Card not found, though ${agent}`);
        return notApplicable("nothing shows an agent on this site that others can call", "fail");
      }
      case "found": {
        const names = [
          "name",
          "version",
          "description",
          "supportedInterfaces",
          "capabilities",
          "skills",
        ];
        const missing = missingOf(found.value, names);
        trail.note(
          "validate",
          AGENT_CARD,
          missing.length === 0 ? "positive" : "negative",
          missing.join(", ") || "complete",
        );
        if (missing.length > 0) return fail(`A2A Agent Card lacks ${missing.join(", ")}`);
        return { status: "pass", message: "A2A Agent Card found" };
      }
    }
  },
};
