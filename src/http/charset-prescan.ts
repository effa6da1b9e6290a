/** Decodes each byte as one character; only ASCII characters matter here. */
const LATIN1 = new TextDecoder("latin1");

/**
 * The charset that a document declares near its start (HTML §13.2.3.2, "prescan a byte stream"): in
 * a `meta` outside of comments, or in an XML declaration.
 *
 * @param bytes the first 1024, or as many as have arrived; an incomplete tag is ignored
 */
export function declaredCharset(bytes: Uint8Array, isXml: boolean): string | undefined {
  const text = LATIN1.decode(bytes);
  // UTF-16 without a byte order mark begins with `<?x`, in XML also with `<!` or `<h`.
  if (text.startsWith("<\0?\0") || (isXml && text.startsWith("<\0"))) return "utf-16le";
  if (text.startsWith("\0<\0?") || (isXml && text.startsWith("\0<"))) return "utf-16be";
  const declaration = xmlEncoding(text);
  if (isXml && declaration !== undefined) return meant(declaration);
  return meant(metaCharset(text) ?? declaration);
}

/** HTML §13.2.3.2: UTF-16 in ASCII is UTF-8; x-user-defined is windows-1252. */
function meant(label: string | undefined): string | undefined {
  const name = label?.toLowerCase().trim();
  if (name === undefined || name === "") return undefined;
  if (/^(?:utf-?16|unicode|ucs-2|csunicode|iso-10646-ucs-2)/.test(name)) return "utf-8";
  return name === "x-user-defined" ? "windows-1252" : name;
}

function xmlEncoding(text: string): string | undefined {
  if (!text.startsWith("<?xml")) return undefined;
  const end = text.indexOf(">");
  if (end === -1) return undefined;
  return /\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/
    .exec(text.slice(0, end))
    ?.slice(1)
    .find((each) => each !== undefined);
}

function metaCharset(text: string): string | undefined {
  // Most documents declare nothing.
  if (!/charset/i.test(text)) return undefined;
  for (let at = text.indexOf("<"); at !== -1; at = text.indexOf("<", at)) {
    if (text.startsWith("<!--", at)) {
      const end = text.indexOf("-->", at + 2);
      if (end === -1) return undefined;
      at = end + 3;
    } else if (/^<\/?[a-z]/i.test(text.slice(at, at + 3))) {
      const tag = readTag(text, at);
      if (tag === undefined) return undefined;
      const found = tag.name === "meta" ? charsetOf(tag.attributes) : undefined;
      if (found !== undefined) return found;
      at = tag.end;
    } else if (/^<[!/?]/.test(text.slice(at, at + 2))) {
      const end = text.indexOf(">", at);
      if (end === -1) return undefined;
      at = end + 1;
    } else at += 1;
  }
  return undefined;
}

function charsetOf(attributes: ReadonlyMap<string, string>): string | undefined {
  const charset = attributes.get("charset");
  if (charset !== undefined) return charset;
  if (attributes.get("http-equiv")?.toLowerCase() !== "content-type") return undefined;
  const content = attributes.get("content") ?? "";
  return /charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))/i
    .exec(content)
    ?.slice(1)
    .find((each) => each !== undefined);
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly end: number;
}

const SPACE = new Set(["\t", "\n", "\f", "\r", " "]);

/** Reads a tag with its attributes; undefined if the text ends inside of it. */
function readTag(text: string, from: number): Tag | undefined {
  let at = from + 1;
  const word = (stops: string): string => {
    const start = at;
    while (at < text.length && !SPACE.has(text[at] ?? "") && !stops.includes(text[at] ?? "")) at++;
    return text.slice(start, at);
  };
  const skip = (): void => {
    while (SPACE.has(text[at] ?? "")) at++;
  };
  const name = word("/>").toLowerCase();
  const attributes = new Map<string, string>();
  for (;;) {
    while (SPACE.has(text[at] ?? "") || text[at] === "/") at++;
    if (at >= text.length) return undefined;
    if (text[at] === ">") return { name, attributes, end: at + 1 };
    const start = at;
    at += 1;
    word("=/>");
    const attribute = text.slice(start, at).toLowerCase();
    skip();
    let value = "";
    if (text[at] === "=") {
      at += 1;
      skip();
      const quote = text[at];
      if (quote === '"' || quote === "'") {
        const end = text.indexOf(quote, at + 1);
        if (end === -1) return undefined;
        value = text.slice(at + 1, end);
        at = end + 1;
      } else value = word(">");
    }
    if (!attributes.has(attribute)) attributes.set(attribute, value);
  }
}
