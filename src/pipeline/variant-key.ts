/** The properties that distinguish one finished response of a URL from another. */
export interface Variant {
  /** On the public origin; its fragment is ignored. */
  readonly url: URL;
  /** The kind of content: "html", "markdown", or a media type in lower case. */
  readonly representation: string;
  /** Content codings in lower case, as applied; "identity" for none. */
  readonly coding: string;
  /** SHA-256 of the dictionary in hexadecimal, if the coding uses one. */
  readonly dictionary?: string | undefined;
  /** Raised by purges. */
  readonly generation: string;
}

/** The key of a variant: its parts in a fixed order, joined by spaces, which no part can contain. */
export function variantKey({
  url,
  representation,
  coding,
  dictionary,
  generation,
}: Variant): string {
  const address = url.origin + url.pathname + url.search;
  return [address, part(representation), part(coding), dictionary ?? "-", part(generation)].join(
    " ",
  );
}

function part(text: string): string {
  return text.replaceAll(/[\s%]/g, (char) => encodeURIComponent(char));
}

/** The representation that a Content-Type names. */
export function representationOf(contentType: string | undefined): string {
  const essence = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (essence === "text/markdown") return "markdown";
  return essence === "text/html" || essence === "application/xhtml+xml" ? "html" : essence;
}

/** The content coding that a Content-Encoding names, in one spelling (RFC 9110 §8.4.1). */
export function codingOf(contentEncoding: string | undefined): string {
  const codings = (contentEncoding ?? "")
    .split(",")
    .map((each) =>
      each
        .trim()
        .toLowerCase()
        .replace(/^x-(?=gzip$|compress$)/, ""),
    )
    .filter((each) => each !== "" && each !== "identity");
  return codings.length === 0 ? "identity" : codings.join(",");
}
