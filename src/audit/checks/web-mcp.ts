import type { AuditCheck } from "../check.ts";
import { notApplicable, unableToCheck } from "../model.ts";

/** Without a browser, the check finds only tools that the page itself declares. */
export const webMcp: AuditCheck = {
  id: "webMcp",
  category: "discovery",
  title: "WebMCP",
  goal: "register the page's actions as tools for agents in the browser (WebMCP)",
  specs: ["https://webmachinelearning.github.io/webmcp/"],
  guide: "webmcp",
  async run({ site, trail }) {
    trail.fetched(site.homeReply);
    const { toolNames, scriptText, scripts, forms } = site.homePage;
    if (toolNames.length > 0) {
      trail.note("parse", "forms", "positive", `tools: ${toolNames.slice(0, 20).join(", ")}`);
      return {
        status: "pass",
        message: "WebMCP tools found in forms",
        details: { tools: toolNames },
      };
    }
    if (
      /\bmodelContext\b/.test(scriptText) &&
      /\.(?:registerTool|provideContext)\s*\(/.test(scriptText)
    ) {
      const isFormer = /navigator\s*\.\s*modelContext/.test(scriptText);
      const note = isFormer
        ? "a script uses navigator.modelContext, which is deprecated"
        : "a script registers tools";
      trail.note("parse", "scripts in the page", "positive", note);
      return { status: "pass", message: `WebMCP: ${note}` };
    }
    trail.note(
      "parse",
      "forms and scripts",
      "neutral",
      "no tool is registered in the page's own text",
    );
    if (scripts.length > 0 || scriptText !== "") {
      return unableToCheck(
        "scripts may register tools when the page loads, and the audit runs no browser",
      );
    }
    const because =
      forms === 0
        ? "the page has neither scripts nor forms"
        : "the page has no script, and its forms are no tools";
    return notApplicable(because, "fail");
  },
};
