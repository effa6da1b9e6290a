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
  const found = /\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(text.slice(0, end));
  return found?.[1] ?? found?.[2];
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

/** Elements that come before a body (HTML §13.2.6.4.4); of some, the content is no markup. */
const IN_HEAD = new Set("html head base basefont bgsound link meta".split(" "));
const WITH_CONTENT = new Set("title noscript noframes style script template".split(" "));

/**
 * The offset at which the head of a document is over: at its end tag, or at the first text or tag of
 * the body. Undefined if that has not arrived.
 *
 * @param bytes the first ones
 */
export function headEnd(bytes: Uint8Array): number | undefined {
  const text = LATIN1.decode(bytes);
  const after = (sought: string, from: number): number => {
    const found = text.indexOf(sought, from);
    return found === -1 ? text.length : found + sought.length;
  };
  let at = 0;
  for (;;) {
    at += /^[\t\n\f\r ]*/.exec(text.slice(at))?.[0].length ?? 0;
    if (at >= text.length) return undefined;
    if (text.startsWith("<!--", at)) at = after("-->", at + 2);
    else if (/^<[!?]/.test(text.slice(at, at + 2))) at = after(">", at);
    else if (text.slice(at) === "<") return undefined;
    else if (!/^<\/?[a-z]/i.test(text.slice(at, at + 3)))
      return text.slice(at) === "</" ? undefined : at;
    else {
      const isEndTag = text[at + 1] === "/";
      const tag = readTag(text, isEndTag ? at + 1 : at);
      if (tag === undefined) return undefined;
      const { name } = tag;
      if (isEndTag ? HEAD_ENDS.has(name) : !IN_HEAD.has(name) && !WITH_CONTENT.has(name)) return at;
      at = tag.end;
      if (!isEndTag && WITH_CONTENT.has(name)) at = endOfContent(text, name, at);
    }
  }
}

/** End tags that end the head; other end tags are ignored there. */
const HEAD_ENDS = new Set(["head", "body", "html", "br"]);

/** The offset of an element's end tag; the end of the text if it has not arrived. */
function endOfContent(text: string, name: string, from: number): number {
  const found = text.toLowerCase().indexOf(`</${name}`, from);
  return found === -1 ? text.length : found;
}

function charsetOf(attributes: ReadonlyMap<string, string>): string | undefined {
  const charset = attributes.get("charset");
  if (charset !== undefined) return charset;
  if (attributes.get("http-equiv")?.toLowerCase() !== "content-type") return undefined;
  const content = attributes.get("content") ?? "";
  const found = /charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))/i.exec(content);
  return found?.[1] ?? found?.[2] ?? found?.[3];
}

const NAME = /[^\t\n\f\r />]+/y;
const BETWEEN = /[\t\n\f\r /]*/y;
/** A name, which may begin with "=", and a value; an unterminated one makes the tag incomplete. */
const ATTRIBUTE =
  /([^\t\n\f\r />][^\t\n\f\r />=]*)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|(["'])|([^\t\n\f\r >]*)))?/y;

/** Reads a tag with its attributes; undefined if the text ends inside of it. */
function readTag(text: string, from: number) {
  const read = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at;
    return pattern.exec(text) ?? [""];
  };
  const [name = ""] = read(NAME, from + 1);
  const attributes = new Map<string, string>();
  let at = from + 1 + name.length;
  for (;;) {
    at += read(BETWEEN, at)[0]?.length ?? 0;
    if (text[at] === ">") return { name: name.toLowerCase(), attributes, end: at + 1 };
    const [whole = "", attribute = "", double, single, open, plain] = read(ATTRIBUTE, at);
    at += whole.length;
    if (at >= text.length || open !== undefined) return undefined;
    const value = double ?? single ?? plain ?? "";
    const key = attribute.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, value);
  }
}
