/** The kind of a response for the automatic mode, by its media type or else its extension. */
type ContentKind = "text" | "document" | "compressed" | "streaming" | "unknown";

/** Extensions of files that compress well, and their media types. */
const TEXTS = new Set(
  "js mjs cjs css json map wasm svg xml txt md csv tsv webmanifest geojson topojson jsonld graphql gql vtt srt ttf otf eot ico bmp glsl wgsl obj gltf yaml yml toml ics rss atom data".split(
    " ",
  ),
);
const DOCUMENTS = new Set("html htm xhtml php aspx asp jsp cgi cfm do".split(" "));
const COMPRESSED = new Set(
  "png jpg jpeg gif webp avif heic jxl mp3 mp4 m4a m4v webm ogg ogv mov avi flac aac opus woff woff2 zip gz tgz br zst bz2 xz 7z rar pdf docx xlsx pptx jar apk epub ts m3u8".split(
    " ",
  ),
);

const TEXT_TYPES =
  /^(?:text\/(?!event-stream$)[\w.+-]+|application\/(?:(?:x-)?javascript|ecmascript|json|manifest\+json|ld\+json|wasm|xml|x-yaml|yaml|graphql|[\w.-]+\+(?:json|xml)|vnd\.ms-fontobject|x-font-ttf|x-ndjson)|image\/(?:svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)|font\/(?:ttf|otf|sfnt)|model\/[\w.+-]+)$/;
const STREAMING = /^(?:text\/event-stream|multipart\/.*|application\/x-ndjson)$/;

/** Whether a document may have this extension: none, or that of a page. */
export function mayBeDocument(extension: string | undefined): boolean {
  return extension === undefined || DOCUMENTS.has(extension);
}

/**
 * @param essence the media type without its parameters, in lower case
 * @param extension in lower case, without its dot
 */
export function contentKind(
  essence: string | undefined,
  extension: string | undefined,
): ContentKind {
  if (essence !== undefined) {
    if (essence === "text/html" || essence === "application/xhtml+xml") return "document";
    if (STREAMING.test(essence)) return "streaming";
    return TEXT_TYPES.test(essence) ? "text" : "compressed";
  }
  if (extension === undefined || DOCUMENTS.has(extension)) return "document";
  if (TEXTS.has(extension)) return "text";
  return COMPRESSED.has(extension) ? "compressed" : "unknown";
}
