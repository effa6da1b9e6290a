import type { CutReason } from "./cuts.ts";

/**
 * The conditions under which an element with such a name is cut, so that a word alone decides nothing about text:
 * `menu`: mostly links, or controls; `links`: some links for little text; `short`: little text;
 * `bare`: no prose; `contents`: links to places in the page.
 */
export type Condition = "none" | "menu" | "links" | "short" | "bare" | "contents";

/** The meaning of a word in a class or an id for its element. */
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

/** The meanings of words, and of pairs of words with a space between. */
export const TERMS = termsOf(GROUPS);
export const SCHEMA_TERMS = termsOf(SCHEMA);

function termsOf(groups: readonly Group[]): ReadonlyMap<string, Term> {
  const terms = new Map<string, Term>();
  for (const [reason, condition, words, edge] of groups) {
    const [single = "", ...pairs] = words.split(", ");
    const term = { reason, condition, isAtEdge: edge === "edge", isInId: false };
    for (const word of [...single.split(" "), ...pairs]) terms.set(word, term);
  }
  return terms;
}
