import { NameTable } from "./names.ts";

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
  /** A part of a table, whose end tag reaches through cells. */
  readonly isTablePart: boolean;
  /** No end tag of anything else reaches out of it. */
  readonly isScope: boolean;
  /** Names of open elements that its start tag ends, and of those where the search stops. */
  readonly ends: ReadonlySet<string> | undefined;
  readonly stops: ReadonlySet<string>;
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
assign(
  "inline",
  "span font small big u ins mark label abbr acronym time data bdi bdo picture ruby",
);
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

const TABLE_PARTS = new Set("table thead tbody tfoot tr td th caption".split(" "));
const SCOPES = new Set("table td th caption".split(" "));
const NONE: ReadonlySet<string> = new Set();
/** HTML §13.2.6.4.7: what a start tag ends, and how far it looks. */
const IMPLIED_ENDS: Record<string, readonly [ends: string, stops: string]> = {
  li: ["li", "ul ol menu dir"],
  dt: ["dt dd", "dl"],
  dd: ["dt dd", "dl"],
  tr: ["tr", "table"],
  td: ["td th", "table tr"],
  th: ["td th", "table tr"],
  thead: ["thead tbody tfoot caption colgroup", "table"],
  tbody: ["thead tbody tfoot caption colgroup", "table"],
  tfoot: ["thead tbody tfoot caption colgroup", "table"],
  option: ["option", "select datalist"],
  optgroup: ["option optgroup", "select"],
  rt: ["rt rp", "ruby"],
  rp: ["rt rp", "ruby"],
  a: ["a", ""],
};

function describe(name: string, role: Role): ElementKind {
  const implied = Object.hasOwn(IMPLIED_ENDS, name) ? IMPLIED_ENDS[name] : undefined;
  return {
    name,
    role,
    isVoid: VOID.has(name),
    isBlock: BLOCKS.has(role) || name === "nav" || name === "footer",
    level: role === "heading" ? name.charCodeAt(1) - 48 : 0,
    isTablePart: TABLE_PARTS.has(name),
    isScope: SCOPES.has(name),
    ends: implied === undefined ? undefined : new Set(implied[0].split(" ")),
    stops: implied === undefined ? NONE : new Set(implied[1].split(" ")),
  };
}

const KNOWN = new Map<string, ElementKind>(
  [...new Set([...Object.keys(ROLES), ...VOID])].map((name) => [
    name,
    describe(name, ROLES[name] ?? "inline"),
  ]),
);

const TABLE = new NameTable(KNOWN);

/** Names beyond this length are no element that anyone closes by name. */
const LONGEST_NAME = 64;
const KINDS_PER_PAGE = 500;
const UNKNOWN = describe("", "inline");

/** Looks elements up by the name in the page, one lookup per page so that foreign names stay bounded. */
export class ElementKinds {
  #own = new Map<string, ElementKind>();

  /** The kind of the element whose name stands at that place of a text. */
  find(text: string, start: number, end: number): ElementKind {
    return TABLE.find(text, start, end) ?? this.#findOwn(text.slice(start, end));
  }

  #findOwn(spelling: string): ElementKind {
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
