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
