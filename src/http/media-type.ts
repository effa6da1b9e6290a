import { parseParameter, splitList } from "./list.ts";
import { remembering } from "./remember.ts";

/** A media type (RFC 9110 §8.3.1): type and subtype in lower case, and its charset if given. */
export interface MediaType {
  readonly essence: string;
  readonly charset: string | undefined;
}

/** Parses `Content-Type`; undefined if it is absent or has no type. */
export function parseMediaType(value: string | undefined): MediaType | undefined {
  return value === undefined ? undefined : parse(value);
}

const parse = remembering((value): MediaType | undefined => {
  const [first = "", ...parameters] = splitList(value, ";");
  const essence = first.toLowerCase();
  if (!essence.includes("/")) return undefined;
  const charset = parameters.filter((each) => each.includes("=")).map(parseParameter);
  return { essence, charset: charset.find(([name]) => name === "charset")?.[1].toLowerCase() };
});

/** Whether the content is HTML, in HTML or XML syntax. */
export function isHtml(type: MediaType | undefined): boolean {
  return type?.essence === "text/html" || type?.essence === "application/xhtml+xml";
}

/** Whether the content is HTML in the XML syntax. */
export function isXml(type: MediaType | undefined): boolean {
  return type?.essence === "application/xhtml+xml";
}

const SCRIPTS_AND_STYLES = new Set(
  "text/javascript application/javascript application/x-javascript text/css".split(" "),
);

/** Whether the content is a script or a style sheet. */
export function isScriptOrStyle(type: MediaType | undefined): boolean {
  return type !== undefined && SCRIPTS_AND_STYLES.has(type.essence);
}

/** Compressible types besides text/*, +json and +xml. */
const COMPRESSIBLE = new Set(
  `application/javascript application/x-javascript application/ecmascript application/json
  application/xml application/wasm application/rtf application/x-ndjson application/sql
  application/manifest+json application/graphql application/toml application/yaml
  application/vnd.ms-fontobject application/x-font-ttf font/ttf font/otf font/collection
  image/bmp image/x-icon image/vnd.microsoft.icon model/gltf-binary model/obj`.split(/\s+/),
);

/** Whether a content coding makes content of this type smaller. */
export function isCompressible(type: MediaType | undefined): boolean {
  if (type === undefined) return false;
  const { essence } = type;
  // Events are short, and must not wait for each other.
  if (essence === "text/event-stream") return false;
  return (
    essence.startsWith("text/") || /\+(?:json|xml)$/.test(essence) || COMPRESSIBLE.has(essence)
  );
}

/** Types whose content is already compressed, or is a stream that no coding may delay. */
const NEVER_CODED =
  /^(?:image|video|audio)\/|^multipart\/|^text\/event-stream$|^font\/woff2?$|^application\/(?:zip|gzip|zstd|pdf|epub\+zip|java-archive|font-woff2?|x-(?:gzip|bzip2?|xz|7z-compressed|rar-compressed|zip-compressed|font-woff2?)|vnd\.(?:rar|android\.package-archive|openxmlformats-officedocument\..{1,100}))$/;

/** Whether content of this type is never coded, not even if a rule names its extension. */
export function isNeverCoded(type: MediaType | undefined): boolean {
  return type !== undefined && !isCompressible(type) && NEVER_CODED.test(type.essence);
}
