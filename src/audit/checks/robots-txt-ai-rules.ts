import { advise, type AuditCheck } from "../check.ts";
import { SIGNAL_RULES } from "./robots-txt.ts";

const goal = "say in robots.txt what crawlers of AI operators may read";

/** The tokens that the scanner looks for. */
const TOKENS = new Set(
  (
    "gptbot chatgpt-user oai-searchbot google-extended ccbot anthropic-ai claude-web bytespider perplexitybot cohere-ai " +
    "applebot-extended amazonbot meta-externalagent facebookbot omgilibot diffbot"
  ).split(" "),
);

export const robotsTxtAiRules: AuditCheck = {
  id: "robotsTxtAiRules",
  category: "botAccessControl",
  title: "Rules for AI crawlers in robots.txt",
  goal,
  specs: ["https://www.rfc-editor.org/rfc/rfc9309"],
  guide: "ai-rules",
  async run({ site, trail }) {
    const { reply, isFile, agents } = site.robots;
    trail.fetched(reply);
    const fail = (message: string) => ({
      status: "fail" as const,
      message,
      advice: advise(site, goal, {
        rules: SIGNAL_RULES,
        origin:
          "Add groups with User-agent lines for the crawlers that you mean (GPTBot, ClaudeBot, Google-Extended, CCBot …), or a group for *, with the rules that you mean.",
      }),
    });
    if (!isFile) return fail("Cannot check AI bot rules without robots.txt");
    const named = [...new Set(agents.filter((agent) => TOKENS.has(agent)))];
    trail.note(
      "parse",
      "User-agent lines",
      agents.length > 0 ? "positive" : "negative",
      agents.slice(0, 30).join(", ") || "none",
    );
    if (named.length > 0) {
      return {
        status: "pass",
        message: `Found rules for AI bots: ${named.join(", ")}`,
        details: { agents: named },
      };
    }
    if (agents.includes("*")) return { status: "pass", message: "Wildcard rules apply to AI bots" };
    return fail("No rules for AI bots in robots.txt");
  },
};
