import { advise, type AuditCheck } from "../check.ts";
import { unableToCheck } from "../model.ts";
import { typeOfReply } from "../reply.ts";
import { ACCEPT_MARKDOWN } from "../site.ts";

const goal = "serve pages as markdown to clients that request it by Accept";

/** The rules that convert pages. */
export const MARKDOWN_RULES = { defaults: { markdown: true } } as const;

export const markdownNegotiation: AuditCheck = {
  id: "markdownNegotiation",
  category: "contentAccessibility",
  title: "Markdown by Accept",
  goal,
  specs: [
    "https://www.rfc-editor.org/rfc/rfc9110#section-12",
    "https://developers.cloudflare.com/fundamentals/reference/markdown-for-agents/",
  ],
  guide: "markdown-negotiation",
  async run({ site, trail }) {
    const reply = await site.get("/", { accept: ACCEPT_MARKDOWN });
    trail.fetched(reply);
    if (reply.kind === "none") return unableToCheck(reply.message);
    const type = typeOfReply(reply);
    trail.note(
      "validate",
      "Content-Type",
      type === "text/markdown" ? "positive" : "negative",
      type || "absent",
    );
    if (type === "text/markdown" && reply.status === 200) {
      return { status: "pass", message: "Site supports Markdown for Agents" };
    }
    return {
      status: "fail",
      message: "Site does not support Markdown for Agents",
      advice: advise(site, goal, {
        rules: MARKDOWN_RULES,
        origin:
          "Answer requests with Accept: text/markdown by the page as markdown, with Content-Type: text/markdown and Vary: Accept on both forms. HTML stays the default.",
      }),
    };
  },
};
