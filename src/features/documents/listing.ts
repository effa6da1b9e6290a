import { toMarkdownUrl } from "../../http/markdown-url.ts";
import { validPathPattern } from "../../http/path-pattern.ts";
import type { Catalog, CatalogPage } from "./catalog.ts";
import type { ListedPage } from "./outline.ts";
import type { DocumentsPolicy } from "./policy.ts";
import { parseRobots } from "../../http/robots.ts";
import { sharedParts, withoutShared } from "./shared-titles.ts";
import { isSpeltTwice } from "./same-page.ts";
import { nextTurn, PAGES_A_TURN, TurnCount } from "../../timing/turns.ts";
import { formatEntry, titleOfPath, type SiteFacts } from "./write.ts";

/** Extensions of files that are not pages. */
const FILE = /\.(?!x?html?$|php$|aspx?$|jsp$|md$)[a-z][a-z0-9]{1,5}$/i;

/** A test whether a path of a site may be listed. */
export interface Listable {
  (path: string): boolean;
  /** The cost of a test, of which one turn of the event loop has `PAGES_A_TURN`. */
  readonly cost: number;
}

/** Rules of robots.txt that cost as much to test as all else about a page. */
const RULES_OF_A_PAGE = 400;

/** Tests which paths of a site may be listed by the rules and robots.txt. */
export async function listable(
  policy: Pick<DocumentsPolicy, "exclude">,
  robots: string,
): Promise<Listable> {
  const rules = await parseRobots(robots, nextTurn);
  const excluded = policy.exclude.map((source) => validPathPattern(source));
  const test = (target: string): boolean => {
    const path = target.split("?", 1)[0] ?? "";
    return (
      !FILE.test(path) && rules.isAllowed(target) && !excluded.some((pattern) => pattern.test(path))
    );
  };
  return Object.assign(test, { cost: 1 + rules.size / RULES_OF_A_PAGE });
}

/**
 * The listed pages of a catalog with their addresses.
 *
 * @param page whether it has markdown at its `index.md`, and whether no client can be refused it
 */
export async function listedPages(
  catalog: Catalog,
  policy: Pick<DocumentsPolicy, "exclude" | "minWords">,
  origin: string,
  page: {
    readonly servesMarkdown: (path: string) => boolean;
    readonly isOpen: (path: string) => boolean;
  },
): Promise<ListedPage[]> {
  const isListable = await listable(policy, catalog.robots);
  const share = new TurnCount(PAGES_A_TURN);
  const chosen = new ChosenPages();
  // A copy: the catalog may change between turns.
  const pages = [...catalog.pages()];
  for (const known of pages) {
    if (share.isOver(isListable.cost)) await nextTurn();
    const { path } = known;
    if (isEmpty(known, policy.minWords) || !isListable(path) || !page.isOpen(path)) continue;
    const url = URL.parse(origin + path)?.href;
    if (url === undefined || isSpeltTwice(known, catalog, page.isOpen)) continue;
    chosen.add(known, escapeUrl(page.servesMarkdown(path) ? toMarkdownUrl(url) : url));
  }
  return withTitles(chosen.all(), share);
}

/** A page that is listed, with its address in the list. */
interface ChosenPage {
  readonly known: CatalogPage;
  readonly url: string;
}

/** Pages of a list, each address once. */
class ChosenPages {
  readonly #byUrl = new Map<string, ChosenPage>();

  /** Adds a page; of two with one address, the one that is behind that address counts. */
  add(known: CatalogPage, url: string): void {
    const before = this.#byUrl.get(url);
    if (before === undefined || isNearer(known.path, before.known.path)) {
      this.#byUrl.set(url, { known, url });
    }
  }

  all(): ChosenPage[] {
    return [...this.#byUrl.values()];
  }
}

/** Whether a path is the better name of a page: the proxy requests `…/` for `…/index.md`. */
function isNearer(path: string, other: string): boolean {
  return path.endsWith("/") && !other.endsWith("/");
}

/** The entries of a list, without what all titles share. */
async function withTitles(pages: readonly ChosenPage[], share: TurnCount): Promise<ListedPage[]> {
  const parts = await sharedParts(pages.map(({ known }) => known.title ?? "").filter(Boolean));
  const listed: ListedPage[] = [];
  for (const { known, url } of pages) {
    if (share.isOver()) await nextTurn();
    const { path, title = "", description = "" } = known;
    const own = title === "" ? titleOfPath(path) : withoutShared(title, parts);
    const entry = { title: own, description, url };
    listed.push({ ...entry, path, length: formatEntry(entry).length });
  }
  return listed;
}

/** Whether a page must not be listed, or has too little text; the first page is always listed. */
function isEmpty({ path, isOut, words }: CatalogPage, minWords: number): boolean {
  if (isOut === true) return true;
  return path !== "/" && words !== undefined && words < minWords;
}

/** Escapes parentheses, which would end the address of a link. */
function escapeUrl(url: string): string {
  return url.replaceAll("(", "%28").replaceAll(")", "%29");
}

/** The site's title and description: those of the rules, else of its first page. */
export function siteFacts(
  catalog: Catalog,
  url: URL,
  policy: DocumentsPolicy,
  isOpen: (path: string) => boolean,
): SiteFacts {
  const path = ["/", "/index.html"].find((each) => isOpen(each) && catalog.has(each));
  const first = path === undefined ? undefined : catalog.get(path);
  const title = policy.title ?? first?.title ?? "";
  return {
    title: title === "" ? url.hostname : title,
    description: policy.description ?? first?.description ?? "",
    origin: url.origin,
    full: policy.full,
  };
}
