/** Approximate bytes of each page. */
const SIZE = 1_000_000;

const filled = (piece: string, size = SIZE): string => piece.repeat(Math.ceil(size / piece.length));

const page = (content: string, head = ""): string =>
  `<!doctype html><html><head><title>x</title>${head}</head><body><main>${content}</main></body></html>`;

/** Pages that can be parsed, at the highest cost. */
export function hostilePages(): Readonly<Record<string, string>> {
  return {
    deep: page(filled("<div>")),
    lists: page(filled("<ul><li>")),
    quotes: page(filled("<blockquote><p>x")),
    inline: page(filled("<b><i>x")),
    links: page(filled('<a href="/a">x</a> ')),
    images: page(filled('<img src="a" alt="b">')),
    attributes: page(`<p ${filled('a="1" ')}>x</p>`),
    entities: page(`<p>${filled("&amp;&#x41;&notin;")}</p>`),
    escapes: page(`<p>${filled("*_`[]\\<")}</p>`.replaceAll("<\\", "&lt;\\")),
    table: page(`<table>${filled(`<tr>${"<td>x".repeat(100)}`)}</table>`),
    columns: page(`<table><tr>${filled("<td>x")}</table>`),
    pre: page(`<pre>${filled("```\n~~~\n")}</pre>`),
    comments: page(filled("<!-- x -->")),
    unclosed: page(filled("<")),
    spaces: page(`<p>a${filled(" \n\t")}b</p>`),
    head: page("<p>x", filled('<meta name="a" content="b">')),
    canonicals: page("<p>x", filled('<link rel="alternate" href="/a">')),
  };
}
