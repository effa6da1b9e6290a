import { advise } from "../check.ts";
import { notApplicable } from "../model.ts";
import { textOf } from "../reply.ts";
import type { FurtherCheck } from "./further-check.ts";
import { comparableHeading, readMarkdownFacts, wordsOf } from "./markdown-facts.ts";
import { pageForms, type PageForms } from "./markdown-pages.ts";

const goal =
  "give agents the same content as people: headings, links and text of HTML and markdown";

/** The least shares of headings, links and words of a page that its markdown must have. */
const LEAST = { headings: 0.9, links: 0.8, words: 0.8 };

/** The shares of a page's parts that are in its markdown, with examples of missing ones. */
interface Parity {
  readonly target: string;
  readonly headings: number;
  readonly links: number;
  readonly words: number;
  readonly missing: readonly string[];
}

export const markdownParity: FurtherCheck = {
  id: "markdownParity",
  title: "Same content in HTML and markdown",
  goal,
  async run(context) {
    const forms = (await pageForms(context)).filter(({ markdown }) => markdown !== undefined);
    if (forms.length === 0)
      return notApplicable("the site serves no markdown (markdownNegotiation)");
    const found = forms.map((each) => compareForms(each, context.site.home));
    const unlike = found.filter(
      ({ headings, links, words }) =>
        headings < LEAST.headings || links < LEAST.links || words < LEAST.words,
    );
    for (const each of found) {
      const isLike = !unlike.includes(each);
      context.trail.note("validate", each.target, isLike ? "positive" : "negative", describe(each));
    }
    if (unlike.length === 0) {
      return {
        status: "pass",
        message: `HTML and markdown of ${found.length} pages have the same content`,
        details: { pages: found },
      };
    }
    const [first] = unlike;
    return {
      status: "fail",
      message: `the markdown of ${unlike.length} of ${found.length} pages lacks content: ${first === undefined ? "" : `${first.target}: ${describe(first)}`}`,
      details: { pages: found },
      advice: advise(context.site, goal, {
        origin:
          "Compare the two forms of the pages that the evidence names. If wayleave makes the markdown, `wayleave markdown --explain` says which parts it leaves out and why; if the origin server does, correct its converter.",
      }),
    };
  },
};

function describe({ headings, links, words, missing }: Parity): string {
  const examples = missing.length === 0 ? "" : `; missing: ${missing.slice(0, 5).join(", ")}`;
  return `${percent(headings)} of the headings, ${percent(links)} of the links, ${percent(words)} of the words${examples}`;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Compares a page with its markdown. */
export function compareForms({ target, page, markdown }: PageForms, home: URL): Parity {
  const facts = readMarkdownFacts(markdown === undefined ? "" : textOf(markdown));
  const base = new URL(home.origin + target);
  const headings = page.headings.map(comparableHeading).filter((heading) => heading !== "");
  const known = new Set(facts.headings.map(comparableHeading));
  const lost = headings.filter((heading) => !known.has(heading));
  const ownLinks = linkKeys(page.contentLinks, base);
  const theirLinks = linkKeys(facts.links, base);
  const lostLinks = [...ownLinks].filter((link) => !theirLinks.has(link));
  const words = wordsOf(page.text);
  const theirs = wordsOf(facts.text);
  const lostWords = [...words].filter((word) => !theirs.has(word));
  return {
    target,
    headings: shareLeft(headings.length, lost.length),
    links: shareLeft(ownLinks.size, lostLinks.length),
    words: shareLeft(words.size, lostWords.length),
    missing: [...lost.slice(0, 3), ...lostLinks.slice(0, 3)],
  };
}

const shareLeft = (all: number, lost: number): number => (all === 0 ? 1 : (all - lost) / all);

/** Links as they are compared: absolute, without fragments, and without the forms of markdown URLs. */
function linkKeys(links: readonly string[], base: URL): ReadonlySet<string> {
  const keys = links.flatMap((href) => {
    const url = URL.parse(href, base.href);
    if (url === null || !/^https?:$/.test(url.protocol)) return [];
    const path = url.pathname.replace(/(?:index)?\.(?:md|html)$/, "").replace(/\/$/, "");
    const key = url.origin + path + url.search;
    const own = base.origin + base.pathname.replace(/\/$/, "") + base.search;
    return key === own ? [] : [key];
  });
  return new Set(keys);
}
