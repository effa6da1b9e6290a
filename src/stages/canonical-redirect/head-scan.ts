import { Parser } from "htmlparser2";
import type { CanonicalLink } from "./decide.ts";

/** What a head holds (HTML §13.2.6.4.4); any other element starts the body, where a link is no metadata. */
const HEAD = new Set(
  "html head base basefont bgsound link meta title noscript noframes style script template".split(
    " ",
  ),
);

/** Looks for `<link rel="canonical">` (RFC 6596) in a head that arrives in pieces. */
export class HeadScanner {
  readonly #decoder: TextDecoder;
  readonly #parser: Parser;
  readonly #hrefs: string[] = [];
  #base: string | undefined;
  #ended = false;
  #template = 0;

  /** @param charset of the content, where the Content-Type names it; markup is ASCII in most. */
  constructor(charset: string | undefined) {
    this.#decoder = decoderFor(charset);
    this.#parser = new Parser(
      {
        onopentag: (name, attributes) => this.#open(name, attributes),
        onclosetag: (name) => {
          if (name === "template" || name === "noscript") this.#template -= 1;
          if (name === "head") this.#ended = true;
        },
      },
      { decodeEntities: true, recognizeSelfClosing: false },
    );
  }

  /** Takes a piece; true once the head has ended. */
  push(piece: Uint8Array): boolean {
    if (!this.#ended) this.#parser.write(this.#decoder.decode(piece, { stream: true }));
    return this.#ended;
  }

  /** The canonical links seen so far. */
  links(): CanonicalLink[] {
    return this.#hrefs.map((href) => ({ href, base: this.#base }));
  }

  #open(name: string, attributes: Record<string, string>): void {
    if (this.#ended) return;
    if (name === "template" || name === "noscript") this.#template += 1;
    else if (this.#template > 0) return;
    else if (!HEAD.has(name)) this.#ended = true;
    else if (name === "base") this.#base ??= attributes["href"];
    else if (name === "link" && isCanonical(attributes["rel"])) {
      this.#hrefs.push(attributes["href"] ?? "");
    }
  }
}

function isCanonical(rel: string | undefined): boolean {
  return (
    rel !== undefined &&
    rel
      .toLowerCase()
      .split(/[\t\n\f\r ]+/)
      .includes("canonical")
  );
}

function decoderFor(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset ?? "utf-8");
  } catch {
    return new TextDecoder();
  }
}
