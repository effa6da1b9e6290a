import { concat } from "../../http/bytes.ts";
import type { HtmlDecoder } from "../../http/html-decoder.ts";
import { conversionCost } from "./conversion-budget.ts";
import type { MarkdownConverter } from "../../feature/parts.ts";

/** Thrown before the first byte if content of type text/html is not HTML. */
class MislabelledContent extends Error {
  override readonly name = "MislabelledContent";
}

/** First bytes of files that are sent as text/html by mistake: PDF, PNG, JPEG, GIF, gzip, zip. */
const SIGNATURES = ["255044462d", "89504e47", "ffd8ff", "47494638", "1f8b08", "504b0304"];

/** The conversion of one page from bytes of HTML to markdown, cut at a limit. */
export class Conversion {
  readonly #converter: MarkdownConverter;
  readonly #decoder: HtmlDecoder;
  #left: number;
  #started = false;
  #alternate: ((address: string) => void) | undefined;
  readonly #spend: (milliseconds: number) => void;

  /**
   * @param maxBytes of HTML; longer content is cut, with a notice
   * @param alternate called once with the page's own markdown, if the page names one
   * @param spend called with the CPU time of each piece, in milliseconds
   */
  constructor(
    converter: MarkdownConverter,
    decoder: HtmlDecoder,
    maxBytes: number,
    alternate?: (address: string) => void,
    spend: (milliseconds: number) => void = () => {},
  ) {
    this.#spend = spend;
    this.#converter = converter;
    this.#decoder = decoder;
    this.#left = maxBytes;
    this.#alternate = alternate;
  }

  /** Whether the limit is reached; further pieces are ignored. */
  get isOver(): boolean {
    return this.#left < 0;
  }

  push(piece: Uint8Array): string {
    if (this.isOver || piece.length === 0) return "";
    if (!this.#started) refuseBinary(piece);
    this.#started = true;
    const taken = piece.subarray(0, this.#left);
    this.#left -= piece.length;
    const before = this.#converter.steps;
    const text = this.#converter.push(this.#decoder.decode(taken));
    const { steps } = this.#converter;
    this.#spend(conversionCost(taken.length, steps && steps - (before ?? 0)));
    return this.isOver ? text + this.truncate() : this.#told(text);
  }

  truncate(): string {
    this.#left = -1;
    return this.#told(this.#converter.push(this.#decoder.end()) + this.#converter.truncate());
  }

  end(): string {
    if (this.isOver) return "";
    return this.#told(this.#converter.push(this.#decoder.end()) + this.#converter.end());
  }

  #told(text: string): string {
    if (this.#alternate === undefined) return text;
    const { alternate } = this.#converter;
    if (alternate === undefined) return text;
    this.#alternate(alternate);
    this.#alternate = undefined;
    return text;
  }
}

/** Converts a stream of HTML. @param done gets the whole markdown if it is within `keepBytes` */
export function conversionStream(
  conversion: Conversion,
  keepBytes: number,
  done: ((markdown: Uint8Array<ArrayBuffer>) => void) | undefined,
): TransformStream<Uint8Array, Uint8Array> {
  const encoder = new TextEncoder();
  let stored: Uint8Array[] | undefined = done === undefined ? undefined : [];
  let length = 0;
  const send = (text: string, controller: TransformStreamDefaultController<Uint8Array>): void => {
    if (text === "") return;
    const piece = encoder.encode(text);
    length += piece.length;
    if (length > keepBytes) stored = undefined;
    stored?.push(piece);
    controller.enqueue(piece);
  };
  const finish = (): void => {
    if (stored !== undefined) done?.(concat(stored, length));
  };
  return new TransformStream({
    transform(piece, controller) {
      if (conversion.isOver) return;
      send(conversion.push(piece), controller);
      if (!conversion.isOver) return;
      finish();
      controller.terminate();
    },
    flush(controller) {
      if (conversion.isOver) return;
      send(conversion.end(), controller);
      finish();
    },
  });
}

/** Estimates tokens as characters by four: 0.70 to 1.11 of a real tokenizer's count. */
export function estimateTokens(markdown: string): number {
  return Math.ceil(markdown.length / 4);
}

function refuseBinary(piece: Uint8Array): void {
  let start = "";
  for (const byte of piece.subarray(0, 5)) start += byte.toString(16).padStart(2, "0");
  if (SIGNATURES.some((signature) => start.startsWith(signature))) {
    throw new MislabelledContent("content of type text/html is not HTML");
  }
}
