import { NameTable } from "./names.ts";

/** Elements by role; these roles start and end a line, and close an open paragraph. */
const BLOCK_ROLES = {
  block:
    "div section article main address fieldset legend figure figcaption details hgroup " +
    "center search frameset optgroup dialog marquee",
  paragraph: "p",
  heading: "h1 h2 h3 h4 h5 h6",
  quote: "blockquote",
  list: "ul ol menu dir",
  item: "li",
  definitions: "dl",
  term: "dt",
  description: "dd",
  pre: "pre listing xmp plaintext",
  table: "table",
  section: "thead tbody tfoot colgroup col",
  row: "tr",
  cell: "td th",
  caption: "caption",
  rule: "hr",
  summary: "summary",
  form: "form",
  header: "header",
  footer: "footer",
  nav: "nav",
  aside: "aside",
};

/** Elements of the other roles; `inline` has no effect. */
const OTHER_ROLES = {
  shadow: "",
  inline: "span font small big u ins mark label abbr acronym time data bdi bdo picture ruby",
  format: "strong b em i cite dfn var del s strike code kbd samp tt sub sup",
  link: "a",
  break: "br",
  image: "img amp-img amp-anim",
  embed:
    "iframe embed object audio video lite-youtube lite-vimeo amp-iframe amp-video amp-audio amp-youtube amp-vimeo " +
    "amp-dailymotion amp-twitter amp-instagram amp-pinterest amp-facebook amp-soundcloud amp-video-iframe amp-embed",
  graphic: "svg",
  source: "source",
  checkbox: "input",
  quotation: "q",
  rubyText: "rt",
  math: "math",
  button: "button",
  frame: "frame",
  script: "script",
  skip:
    "style noscript template select datalist textarea noframes " +
    "canvas map rp rtc noembed applet progress meter",
  meta: "meta link base",
  title: "title",
  document: "html",
  head: "head",
  body: "body",
};

/** How the renderer treats an element. */
export type ElementRole = keyof typeof BLOCK_ROLES | keyof typeof OTHER_ROLES;

/** The roles of elements by name. */
const ROLES: ReadonlyMap<string, ElementRole> = new Map(
  Object.entries({ ...BLOCK_ROLES, ...OTHER_ROLES }).flatMap(([role, names]) =>
    names
      .split(" ")
      .filter(Boolean)
      .map((name) => [name, role as ElementRole] as const),
  ),
);

export interface ElementKind {
  readonly name: string;
  readonly role: ElementRole;
  readonly isVoid: boolean;
  /** Whether it starts and ends a line, and closes an open paragraph. */
  readonly isBlock: boolean;
  /** The level of a heading, 1 to 6. */
  readonly level: number;
  /** Whether it is a part of a table, whose end tag can close cells. */
  readonly isTablePart: boolean;
  /** Whether its text is not visible, as that of scripts and controls. */
  readonly isInert: boolean;
  /** Whether it may show something all the same: an address, a name, an image. */
  readonly mayShow: boolean;
  /** Whether it may not be content, by its name alone. */
  readonly isDoubtful: boolean;
  /** Whether it stands in text, as formatting or a link. */
  readonly isInline: boolean;
  /** Whether it is read as it is if its class says nothing else and it is not hidden. */
  readonly isSimple: boolean;
  /** Whether it is a control of a form. */
  readonly isControl: boolean;
  /** Whether it has a name of its page's own. */
  readonly isCustom: boolean;
  /** Whether it is text, in which no element is a part of the page beside the content. */
  readonly isText: boolean;
  /** Whether a class for line numbers says that it has some, not that it is some. */
  readonly isNumbered: boolean;
  /** Whether it may be code that is laid out, without any attribute. */
  readonly mayBeCode: boolean;
  /** Whether it is a `main` or `article`. */
  readonly isSection: boolean;
  /** Whether it contains SVG or MathML. */
  readonly isForeign: boolean;
  /** Whether end tags of other elements inside it close nothing outside. */
  readonly isScope: boolean;
  /** Names of open elements that its start tag closes, and of those at which the search stops. */
  readonly ends: ReadonlySet<string> | undefined;
  readonly stops: ReadonlySet<string>;
}

const VOID = new Set(
  "area base basefont br col command embed frame hr img input keygen link meta param source track wbr".split(
    " ",
  ),
);

const TABLE_PARTS = new Set("table thead tbody tfoot tr td th caption".split(" "));
const SCOPES = new Set("table td th caption".split(" "));
const NONE: ReadonlySet<string> = new Set();
/** HTML §13.2.6.4.7: the elements that a start tag closes, and those at which the search stops. */
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

/** Roles of elements that may not be content. */
const INERT: ReadonlySet<ElementRole> = new Set(["script", "skip", "embed", "graphic"]);
const DOUBTFUL: ReadonlySet<ElementRole> = new Set([
  "script",
  "skip",
  "embed",
  "graphic",
  "nav",
  "footer",
  "header",
  "aside",
  "form",
  "button",
]);

const INLINE: ReadonlySet<ElementRole> = new Set(["inline", "format", "link", "break", "image"]);

function describe(name: string, role: ElementRole): ElementKind {
  const implied = Object.hasOwn(IMPLIED_ENDS, name) ? IMPLIED_ENDS[name] : undefined;
  return {
    name,
    role,
    isVoid: VOID.has(name),
    isBlock: Object.hasOwn(BLOCK_ROLES, role),
    level: role === "heading" ? name.charCodeAt(1) - 48 : 0,
    isTablePart: TABLE_PARTS.has(name),
    isScope: SCOPES.has(name),
    isInert: INERT.has(role),
    mayShow: role === "embed" || role === "graphic" || name === "noscript",
    isDoubtful: DOUBTFUL.has(role) || name === "dialog",
    isInline: INLINE.has(role),
    isSimple: role !== "link" && role !== "image" && name !== "label",
    isControl: role === "checkbox" || role === "button" || name === "select" || name === "textarea",
    isCustom: name.includes("-"),
    isText: role === "heading" || role === "pre" || role === "paragraph" || name === "code",
    isNumbered: name === "pre" || name === "code" || name === "div" || name === "table",
    mayBeCode: role === "pre" || role === "table" || name === "code" || name === "ol",
    isSection: name === "main" || name === "article",
    isForeign: name === "svg" || name === "math",
    ends: implied === undefined ? undefined : new Set(implied[0].split(" ")),
    stops: implied === undefined ? NONE : new Set(implied[1].split(" ")),
  };
}

const KNOWN: ReadonlyMap<string, ElementKind> = new Map(
  [...ROLES.keys(), ...VOID].map((name) => [name, describe(name, ROLES.get(name) ?? "inline")]),
);

const TABLE = new NameTable(KNOWN);

/** A template that is the shadow tree of its parent, and so visible (HTML §4.12.3). */
export const SHADOW_ROOT: ElementKind = describe("template", "shadow");

/** The kind of a known element, for elements that the reader adds. */
export function kindOf(name: string): ElementKind {
  return KNOWN.get(name) ?? describe(name, "inline");
}

/** Prefixes of MathML in documents with namespaces. */
const PREFIX = /^(?:m|mml|math):/;

/** A name of MathML without its prefix; any other as it is. */
function withoutPrefix(name: string): string {
  if (!PREFIX.test(name)) return name;
  const local = name.replace(PREFIX, "");
  return local === "math" || !KNOWN.has(local) ? local : name;
}

/** The longest name that is looked up. */
const LONGEST_NAME = 64;
const KINDS_PER_PAGE = 500;
const UNKNOWN = describe("", "inline");

/** Finds elements by name; one object for each page, so that unknown names do not accumulate. */
export class ElementKinds {
  #own = new Map<string, ElementKind>();

  /** The kind of the element whose name is at a position of a text. */
  find(text: string, start: number, end: number): ElementKind {
    return TABLE.find(text, start, end) ?? this.#findOwn(text.slice(start, end));
  }

  #findOwn(spelling: string): ElementKind {
    if (spelling.length > LONGEST_NAME) return UNKNOWN;
    const own = this.#own.get(spelling);
    if (own !== undefined) return own;
    const name = withoutPrefix(spelling.toLowerCase());
    const kind = KNOWN.get(name) ?? describe(name, "inline");
    if (this.#own.size < KINDS_PER_PAGE) this.#own.set(spelling, kind);
    else if (!KNOWN.has(name)) return UNKNOWN;
    return kind;
  }
}
