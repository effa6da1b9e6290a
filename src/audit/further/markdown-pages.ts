import { advise } from "../check.ts";
import { MARKDOWN_RULES } from "../checks/markdown-negotiation.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import { isPageReply, textOf, typeOfReply, type AuditResponse } from "../reply.ts";
import { ACCEPT_MARKDOWN } from "../site.ts";
import type { FurtherCheck, FurtherContext } from "./further-check.ts";
import { somePages, type SitePage } from "./pages.ts";

const goal = "serve every page as markdown, not only the home page";

/** A page with its markdown, if it has some. */
export interface PageForms extends SitePage {
  readonly markdown: AuditResponse | undefined;
}

/** Requests some pages as markdown. */
export async function pageForms(context: FurtherContext): Promise<readonly PageForms[]> {
  const forms: PageForms[] = [];
  for (const page of await somePages(context)) {
    const reply = await context.site.get(page.target, { accept: ACCEPT_MARKDOWN });
    const isMarkdown =
      reply.kind === "response" &&
      reply.status === 200 &&
      typeOfReply(reply) === "text/markdown" &&
      !isPageReply(reply);
    context.trail.fetched(reply, undefined, isMarkdown ? "positive" : "negative");
    forms.push(Object.assign({ markdown: isMarkdown ? reply : undefined }, page));
  }
  return forms;
}

export const markdownPages: FurtherCheck = {
  id: "markdownPages",
  title: "Markdown of several pages",
  goal,
  async run(context) {
    const forms = await pageForms(context);
    if (forms.length === 0) return unableToCheck("no page could be read");
    const without = forms.filter(
      ({ markdown }) => markdown === undefined || textOf(markdown).trim() === "",
    );
    const details = {
      pages: forms.map(({ target }) => target),
      without: without.map(({ target }) => target),
    };
    if (without.length === 0) {
      return {
        status: "pass",
        message: `${forms.length} of ${forms.length} pages are served as markdown`,
        details,
      };
    }
    if (without.length === forms.length) {
      return notApplicable("the site serves no markdown at all (markdownNegotiation)");
    }
    return {
      status: "fail",
      message: `${without.length} of ${forms.length} pages have no markdown: ${details.without.join(", ")}`,
      details,
      advice: advise(context.site, goal, {
        rules: MARKDOWN_RULES,
        origin: "Serve these pages as markdown too, or remove the rule that excludes them.",
      }),
    };
  },
};
