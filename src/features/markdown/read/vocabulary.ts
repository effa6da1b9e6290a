import type { Attributes } from "../stream/attributes.ts";
import type { CutReason } from "./cuts.ts";

/**
 * What an element that is named so must have to be cut, so that a word alone decides nothing about text:
 * `menu`: mostly links, or controls; `links`: some links for little text; `short`: little text;
 * `bare`: no prose; `contents`: links to places in the page.
 */
export type Condition = "none" | "menu" | "links" | "short" | "bare" | "contents";

/** What a word in a class or an id says about an element. */
export interface Term {
  readonly reason: CutReason;
  readonly condition: Condition;
  /** Whether it says so only before and after the text, not amid it. */
  readonly isAtEdge: boolean;
  /** Whether the word is in the id, which may be made of the words of a heading. */
  readonly isInId: boolean;
}

type Group = readonly [reason: CutReason, condition: Condition, words: string, isAtEdge?: "edge"];

/** Words, and pairs of words after a comma, as pages name their parts. */
const GROUPS: readonly Group[] = [
  [
    "comments",
    "none",
    "comments commentlist comment respond responses disqus kommentar kommentare kommentarer " +
      "commentaires comentarios commenti komentarze reactions discussion replies reply livefyre",
  ],
  [
    "sharing",
    "none",
    "share shares sharing sharer social socials sharedaddy addthis addtoany shariff sharethis " +
      "shareaholic sociable bookmarks followus teilen partager compartir condividi shareblock " +
      "sharebar sharebox sharebuttons sharelinks, follow us, like box",
  ],
  [
    "related",
    "links",
    "related relatedpost relatedposts recommended recommendation recommendations recommend recirc " +
      "outbrain taboola plista similar upsell crosssell yarpp ligatus trending popular relacionadas " +
      "relacionados morelinks ranking, also like, also read, read more, read also, read next, you may, " +
      "more stories, more from, more news, more articles, more posts, more like, up next, most read, " +
      "most viewed, latest news, latest posts, recent posts, recent comments, meist gelesen, see also, " +
      "top stories, cross sell, link box, link list, news list, post list, product slider",
  ],
  [
    "related",
    "links",
    "teaser teasers teaserbox teaserlist card cards tile tiles carousel slider promo promos promotion " +
      "recents latest newslist newsliste linklist linkbox postlist",
  ],
  [
    "navigation",
    "menu",
    "nav navi navbar navigation subnav topnav mainnav menu menus submenu mainmenu menubar breadcrumb " +
      "breadcrumbs breadcrumbnav crumb crumbs pagination pager paging paginator prevnext skiplink " +
      "skiplinks sitemap topbar toolbar hamburger offcanvas pagenavi backlink, page numbers, prev next, " +
      "language switcher, lang switcher, skip link, back link",
  ],
  [
    "sidebar",
    "menu",
    "sidebar sidebars rail rightcol leftcol subcontent, right column, left column, side bar, col right, " +
      "column right, content right, secondary content",
  ],
  ["sidebar", "links", "widget widgets textwidget"],
  [
    "landmark",
    "none",
    "footer footernav foot footers colophon copyright imprint impressum pagefooter footerlinks, " +
      "bottom bar, site info",
  ],
  [
    "landmark",
    "bare",
    "masthead siteheader pageheader header logo sitename, top bar, site branding, site title, site name",
  ],
  ["byline", "short", "byline author authors autor autoren bio authorbox", "edge"],
  [
    "byline",
    "short",
    "meta metas dateline timestamp postmeta postmetadata entrymeta postinfo published date datum fecha, " +
      "post info, article info, posted on, entry utility",
    "edge",
  ],
  [
    "tags",
    "links",
    "tagcloud taglist tags keywords categories schlagworte temas themen topics, tag list, tag links, " +
      "cat links, tag cloud",
  ],
  [
    "promotion",
    "none",
    "newsletter newsletters subscribe subscription signup optin mailchimp mailpoet, sign up, mc embed",
  ],
  ["promotion", "short", "abo paywall steady piano", "edge"],
  [
    "promotion",
    "short",
    "ad ads adv advert adverts advertisement advertising adsense sponsor sponsored sponsors banner " +
      "banners anzeige anzeigen werbung doubleclick dfp adslot adbox googleads affiliate",
  ],
  [
    "consent",
    "none",
    "cookie cookies cookiebar cookiebanner cookieconsent consent gdpr dsgvo onetrust cookiebot, " +
      "privacy banner",
  ],
  [
    "contents",
    "contents",
    "onpage inpage pagetoc, page contents, page toc, on page, on this, in page",
  ],
  ["dialog", "none", "modal popup popups overlay lightbox popover flyin"],
  [
    "feedback",
    "short",
    "feedback helpful rating ratings vote votes voting rate, like button, star rating",
    "edge",
  ],
  [
    "control",
    "short",
    "printfriendly login toolbox searchform search noprint tools actions disclosure disclaimer, " +
      "no print, action bar",
    "edge",
  ],
];

/** Types and properties of schema.org. */
const SCHEMA: readonly Group[] = [
  ["comments", "none", "Comment UserComments comment"],
  ["navigation", "menu", "BreadcrumbList SiteNavigationElement breadcrumb"],
  ["landmark", "none", "WPFooter"],
  ["landmark", "bare", "WPHeader"],
  ["sidebar", "menu", "WPSideBar"],
  ["promotion", "none", "WPAdBlock"],
  ["byline", "short", "author publisher datePublished dateModified dateCreated", "edge"],
  ["tags", "links", "keywords"],
];

const TERMS = termsOf(GROUPS);
const SCHEMA_TERMS = termsOf(SCHEMA);

function termsOf(groups: readonly Group[]): ReadonlyMap<string, Term> {
  const terms = new Map<string, Term>();
  for (const [reason, condition, words, edge] of groups) {
    const [single = "", ...pairs] = words.split(", ");
    const term = { reason, condition, isAtEdge: edge === "edge", isInId: false };
    for (const word of [...single.split(" "), ...pairs]) terms.set(word, term);
  }
  return terms;
}

/** Classes of state and layout say nothing about what an element is. */
const STATE =
  /^(?:has|no|with|without|is|not|js|hide|hidden|show|wpb|elementor|fl|vc|et|u|tw|lg|md|sm|xl|col|grid|row)[-:_]/i;
/** The most words of a name: longer ones are made of text. */
const MOST_WORDS = 6;
const MOST_WORDS_OF_ID = 3;
const LONGEST = 1000;
const CACHED = 2000;
const NO_TERMS: readonly Term[] = [];

/** Finds what classes and ids say; each value once, since they repeat. */
export class Vocabulary {
  readonly #cache = new Map<string, readonly Term[]>();

  /** The terms of an element, at most one for each reason and condition. */
  find(name: string, attributes: Attributes): readonly Term[] {
    const className = attributes.get("class") ?? "";
    const id = attributes.get("id") ?? "";
    const type = attributes.get("itemtype") ?? "";
    const property = attributes.get("itemprop") ?? "";
    // A custom element is named after what it shows; MathJax's are formulas.
    const custom = name.includes("-") && !name.startsWith("mjx") ? name : "";
    const others = id.length + custom.length + type.length + property.length;
    if (others + className.length > LONGEST) return NO_TERMS;
    if (others === 0 && className === "") return NO_TERMS;
    const key = others === 0 ? className : `${className}\n${id}\n${custom}\n${type}\n${property}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const found: Term[] = [];
    for (const token of className.split(/\s+/u)) addTerms(found, token, false);
    addTerms(found, custom, false);
    addTerms(found, id, true);
    add(found, SCHEMA_TERMS.get(type.slice(type.lastIndexOf("/") + 1)), false);
    for (const each of property.split(/\s+/u)) add(found, SCHEMA_TERMS.get(each), false);
    const terms = found.length === 0 ? NO_TERMS : found;
    if (this.#cache.size < CACHED) this.#cache.set(key, terms);
    return terms;
  }
}

function addTerms(found: Term[], token: string, isInId: boolean): void {
  if (token === "" || STATE.test(token)) return;
  // What follows `--` is a variant in the convention of BEM.
  const modifier = token.indexOf("--");
  const base = modifier < 0 ? token : token.slice(0, modifier);
  const words = base
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[^A-Za-z]+/g, " ")
    .trim()
    .toLowerCase()
    .split(" ");
  if (words.length > (isInId ? MOST_WORDS_OF_ID : MOST_WORDS)) return;
  for (const [i, word] of words.entries()) {
    add(found, TERMS.get(`${word} ${words[i + 1] ?? ""}`), isInId);
    add(found, TERMS.get(word), isInId);
  }
  add(found, TERMS.get(base.toLowerCase()), isInId);
}

function add(found: Term[], term: Term | undefined, isInId: boolean): void {
  if (term === undefined) return;
  const isKnown = found.some(
    ({ reason, condition }) => reason === term.reason && condition === term.condition,
  );
  if (!isKnown) found.push(isInId ? { ...term, isInId } : term);
}
