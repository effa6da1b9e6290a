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
  /** Whether the response says text/markdown, and is a web page or empty. */
  readonly isMislabelled: boolean;
}

/** Requests some pages as markdown. */
export async function pageForms(context: FurtherContext): Promise<readonly PageForms[]> {
  const forms: PageForms[] = [];
  for (const page of await somePages(context)) {
    const reply = await context.site.get(page.target, { accept: ACCEPT_MARKDOWN });
    const isLabelled =
      reply.kind === "response" && reply.status === 200 && typeOfReply(reply) === "text/markdown";
    const isMarkdown = isLabelled && !isPageReply(reply) && textOf(reply).trim() !== "";
    context.trail.fetched(reply, undefined, isMarkdown ? "positive" : "negative");
    const found = { markdown: isMarkdown ? reply : undefined };
    forms.push(Object.assign(found, { isMislabelled: isLabelled && !isMarkdown }, page));
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
    const without = forms.filter(({ markdown }) => markdown === undefined);
    const mislabelled = forms.filter(({ isMislabelled }) => isMislabelled);
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
    if (without.length === forms.length && mislabelled.length === 0) {
      return notApplicable("the site serves no markdown at all (markdownNegotiation)");
    }
    return {
      status: "fail",
      message: `${without.length} of ${forms.length} pages have no markdown: ${details.without.join(", ")}${labels(mislabelled)}`,
      details,
      advice: advise(context.site, goal, {
        rules: MARKDOWN_RULES,
        origin: "Serve these pages as markdown too, or remove the rule that excludes them.",
      }),
    };
  },
};

/** The pages whose type alone is that of markdown, in words. */
function labels(pages: readonly PageForms[]): string {
  if (pages.length === 0) return "";
  const targets = pages.map(({ target }) => target).join(", ");
  return `; the type is text/markdown, and the content HTML or empty: ${targets}`;
}
