/** How the renderer treats an element; `inline` has no effect. */
export type ElementRole =
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

/** The roles of elements by name. */
export const ROLES: Record<string, ElementRole> = {};
function assign(role: ElementRole, names: string): void {
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
