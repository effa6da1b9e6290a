import { advise } from "../check.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import {
  ACCEPT_OF,
  askAnew,
  cacheStateOf,
  formOf,
  inventTarget,
  lacksVary,
  type PageForm,
} from "./asked.ts";
import type { FurtherCheck, FurtherContext } from "./further-check.ts";
import { somePages } from "./pages.ts";

const goal = "let caches in front tell HTML and markdown apart";

/** Each form twice, in both orders: a cache often stores at the second request. */
const HTML_FIRST: readonly PageForm[] = [
  "HTML",
  "HTML",
  "Markdown",
  "Markdown",
  "HTML",
  "Markdown",
];
const MARKDOWN_FIRST: readonly PageForm[] = [
  "Markdown",
  "Markdown",
  "HTML",
  "HTML",
  "Markdown",
  "HTML",
];

/** Pages that are requested so. */
const MOST_PAGES = 2;

export const cacheVariants: FurtherCheck = {
  id: "cacheVariants",
  title: "Caches and Accept",
  goal,
  async run(context) {
    const pages = (await somePages(context)).slice(0, MOST_PAGES);
    if (pages.length === 0) return unableToCheck("no page could be read");
    const faults = new Set<string>();
    let hasMarkdown = false;
    for (const { target } of pages) {
      const sequences = [
        [target, HTML_FIRST],
        [inventTarget(target, context.invent), HTML_FIRST],
        [inventTarget(target, context.invent), MARKDOWN_FIRST],
      ] as const;
      const found = [];
      for (const [address, order] of sequences)
        found.push(await askInOrder(context, address, order));
      if (!found.some((each) => each.hasMarkdown)) continue;
      hasMarkdown = true;
      for (const each of found) for (const fault of each.faults) faults.add(`${target}: ${fault}`);
    }
    if (!hasMarkdown)
      return notApplicable("the site serves no markdown, so pages have one form only");
    const [first] = faults;
    if (first === undefined) {
      return {
        status: "pass",
        message: "requests for HTML and markdown, in both orders, got their own form",
      };
    }
    return {
      status: "fail",
      message: first,
      details: { faults: [...faults] },
      advice: advise(context.site, goal, {
        origin:
          "Send Vary: Accept with both forms of each page. If a cache or CDN in front ignores Vary, add Accept to its cache key (normalized to two values), or let it pass requests with text/markdown in Accept, or link agents to markdown addresses of their own (index.md).",
      }),
    };
  },
};

/** Requests an address in an order of forms; the faults in words. */
async function askInOrder(
  context: FurtherContext,
  target: string,
  order: readonly PageForm[],
): Promise<{ readonly hasMarkdown: boolean; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const seen = new Set<PageForm>();
  let hasMarkdown = false;
  for (const wanted of order) {
    const reply = await askAnew(context, target, { accept: ACCEPT_OF[wanted] }, wanted);
    const form = formOf(reply);
    if (reply.kind === "none" || form === undefined) continue;
    hasMarkdown ||= form === "Markdown";
    const state = cacheStateOf(reply);
    const from = state === undefined ? "" : ` (${state})`;
    if (form !== wanted) {
      const before = seen.size === 0 ? "at the first request" : `after ${[...seen].join(" and ")}`;
      faults.push(`a request for ${wanted} gets ${form}, ${before}${from}`);
    }
    if (lacksVary(reply, "accept"))
      faults.push(`Vary of ${form} does not name Accept, and caches may store it`);
    seen.add(wanted);
  }
  return { hasMarkdown, faults };
}
