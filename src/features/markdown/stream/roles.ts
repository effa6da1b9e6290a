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
  section: "thead tbody tfoot colgroup",
  row: "tr",
  cell: "td th",
  caption: "caption",
  rule: "hr",
  summary: "summary",
  form: "form",
  header: "header",
  aside: "aside",
};

/** Elements of the other roles; `inline` has no effect. */
const OTHER_ROLES = {
  inline: "span font small big u ins mark label abbr acronym time data bdi bdo picture ruby",
  format: "strong b em i cite dfn var del s strike code kbd samp tt sub sup",
  link: "a",
  break: "br",
  image: "img",
  source: "source",
  checkbox: "input",
  quotation: "q",
  rubyText: "rt",
  math: "math",
  button: "button",
  frame: "frame",
  script: "script",
  skip:
    "nav footer style noscript template svg select datalist textarea iframe noframes object " +
    "audio video canvas map rp rtc noembed applet progress meter",
  meta: "meta link base",
  title: "title",
  document: "html",
  head: "head",
  body: "body",
};

/** How the renderer treats an element. */
export type ElementRole = keyof typeof BLOCK_ROLES | keyof typeof OTHER_ROLES;

/** Whether a role starts and ends a line. */
export function isBlockRole(role: ElementRole): boolean {
  return Object.hasOwn(BLOCK_ROLES, role);
}

/** The roles of elements by name. */
export const ROLES: ReadonlyMap<string, ElementRole> = new Map(
  Object.entries({ ...BLOCK_ROLES, ...OTHER_ROLES }).flatMap(([role, names]) =>
    names.split(" ").map((name) => [name, role as ElementRole] as const),
  ),
);
