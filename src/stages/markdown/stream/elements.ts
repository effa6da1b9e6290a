/** What the renderer does with an element; `inline` has no effect of its own. */
export type Role =
  | "inline"
  | "block"
  | "paragraph"
  | "heading"
  | "quote"
  | "list"
  | "item"
  | "definitions"
  | "term"
  | "description"
  | "pre"
  | "table"
  | "section"
  | "row"
  | "cell"
  | "caption"
  | "format"
  | "link"
  | "break"
  | "rule"
  | "image"
  | "source"
  | "checkbox"
  | "summary"
  | "quotation"
  | "rubyText"
  | "math"
  | "form"
  | "header"
  | "aside"
  | "button"
  | "frame"
  | "script"
  | "skip"
  | "meta"
  | "title"
  | "document"
  | "head"
  | "body";

export interface ElementKind {
  readonly name: string;
  readonly role: Role;
  readonly isVoid: boolean;
  /** Starts and ends a line of its own, and closes an open paragraph. */
  readonly isBlock: boolean;
  /** Headings: 1 to 6. */
  readonly level: number;
}

const VOID = new Set(
  "area base basefont br col command embed frame hr img input keygen link meta param source track wbr".split(
    " ",
  ),
);

const ROLES: Record<string, Role> = {};
function assign(role: Role, names: string): void {
  for (const name of names.split(" ")) ROLES[name] = role;
}
assign(
  "block",
  "div section article main address fieldset legend figure figcaption details hgroup",
);
assign("block", "center search frameset optgroup dialog marquee");
assign("paragraph", "p");
assign("heading", "h1 h2 h3 h4 h5 h6");
assign("quote", "blockquote");
assign("list", "ul ol menu dir");
assign("item", "li");
assign("definitions", "dl");
assign("term", "dt");
assign("description", "dd");
assign("pre", "pre listing xmp plaintext");
assign("table", "table");
assign("section", "thead tbody tfoot colgroup");
assign("row", "tr");
assign("cell", "td th");
assign("caption", "caption");
assign("format", "strong b em i cite dfn var del s strike code kbd samp tt sub sup");
assign("link", "a");
assign("break", "br");
assign("rule", "hr");
assign("image", "img");
assign("source", "source");
assign("checkbox", "input");
assign("summary", "summary");
assign("quotation", "q");
assign("rubyText", "rt");
assign("math", "math");
assign("form", "form");
assign("header", "header");
assign("aside", "aside");
assign("button", "button");
assign("skip", "nav footer style noscript template svg select datalist textarea iframe");
assign("frame", "frame");
assign("script", "script");
assign("skip", "noframes object audio video canvas map rp rtc noembed applet progress meter");
assign("meta", "meta link base");
assign("title", "title");
assign("document", "html");
assign("head", "head");
assign("body", "body");

const BLOCKS = new Set<Role>([
  "block",
  "paragraph",
  "heading",
  "quote",
  "list",
  "item",
  "definitions",
  "term",
  "description",
  "pre",
  "table",
  "section",
  "row",
  "cell",
  "caption",
  "rule",
  "summary",
  "form",
  "header",
  "aside",
]);

function describe(name: string, role: Role): ElementKind {
  return {
    name,
    role,
    isVoid: VOID.has(name),
    isBlock: BLOCKS.has(role) || name === "nav" || name === "footer",
    level: role === "heading" ? name.charCodeAt(1) - 48 : 0,
  };
}

const KNOWN = new Map<string, ElementKind>(
  [...new Set([...Object.keys(ROLES), ...VOID])].map((name) => [
    name,
    describe(name, ROLES[name] ?? "inline"),
  ]),
);

/** Names beyond this length are no element that anyone closes by name. */
const LONGEST_NAME = 64;
const KINDS_PER_PAGE = 500;
const UNKNOWN = describe("", "inline");

/** Looks elements up by the name in the page, one lookup per page so that foreign names stay bounded. */
export class ElementKinds {
  #own = new Map<string, ElementKind>();

  find(spelling: string): ElementKind {
    const known = KNOWN.get(spelling);
    if (known !== undefined) return known;
    if (spelling.length > LONGEST_NAME) return UNKNOWN;
    const own = this.#own.get(spelling);
    if (own !== undefined) return own;
    const name = spelling.toLowerCase();
    const kind = KNOWN.get(name) ?? describe(name, "inline");
    if (this.#own.size < KINDS_PER_PAGE) this.#own.set(spelling, kind);
    else if (!KNOWN.has(name)) return UNKNOWN;
    return kind;
  }
}
