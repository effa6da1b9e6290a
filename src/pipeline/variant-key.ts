/** What tells one finished response of a URL from another. */
export interface Variant {
  /** On the public origin; a fragment is no part of it. */
  readonly url: URL;
  /** What the content is: "html", "markdown", or else a media type in lower case. */
  readonly representation: string;
  /** Content codings in lower case, as applied; "identity" for none. */
  readonly coding: string;
  /** SHA-256 of the dictionary in hexadecimal, where the coding is against one. */
  readonly dictionary?: string | undefined;
  /** Raised by purges. */
  readonly generation: string;
}

/**
 * The key of a variant: its parts in one order with a space between them, which none of them can
 * hold, so that two keys are the same just where all parts are.
 */
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

/** The representation that a Content-Type stands for. */
export function representationOf(contentType: string | undefined): string {
  const essence = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (essence === "text/markdown") return "markdown";
  return essence === "text/html" || essence === "application/xhtml+xml" ? "html" : essence;
}

/** The content coding that a Content-Encoding stands for, spelt in one way (RFC 9110 §8.4.1). */
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
