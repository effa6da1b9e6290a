import { concat } from "../../http/bytes.ts";
import { toHex } from "../../http/digest.ts";
import type { HtmlDecoder } from "../../http/html-decoder.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";
import { workInTurns } from "./work-in-turns.ts";
import { conversionCost } from "./conversion-budget.ts";
import type { MarkdownConverter } from "../../feature/parts.ts";
import type { Metas } from "../../http/robots-meta.ts";

/** Thrown before the first byte if content of type text/html is not HTML. */
class MislabelledContent extends Error {
  override readonly name = "MislabelledContent";
}

/** First bytes of files that are sent as text/html by mistake: PDF, PNG, JPEG, GIF, gzip, zip. */
const SIGNATURES = ["255044462d", "89504e47", "ffd8ff", "47494638", "1f8b08", "504b0304"];

export type Conversion = ReturnType<typeof openConversion>;

/**
 * Begins the conversion of one page from bytes of HTML to markdown, cut at a limit.
 *
 * @param maxBytes of HTML; longer content is cut, with a notice
 * @param alternate called once with the page's own markdown, if the page names one
 * @param spend called with the CPU time of each piece, in milliseconds
 */
export function openConversion(
  converter: MarkdownConverter,
  decoder: HtmlDecoder,
  maxBytes: number,
  alternate?: (address: string) => void,
  spend: (milliseconds: number) => void = () => {},
) {
  let left = maxBytes;
  let bytes = 0;
  let isStarted = false;
  let isTold = false;
  let metas: Metas | undefined;
  const told = (text: string): string => {
    // The first byte settles the response's fields about the page.
    if (text !== "" || left < 0) metas ??= converter.metas?.slice() ?? [];
    if (!isTold && converter.alternate !== undefined) {
      isTold = true;
      alternate?.(converter.alternate);
    }
    return text;
  };
  const finish = (how: "end" | "truncate", text = ""): Awaitable<string> => {
    left = -1;
    const before = text + converter.push(decoder.end());
    return andThen(workInTurns(converter), () =>
      andThen(converter[how](), (rest) => told(before + rest)),
    );
  };
  return {
    /** The page's metadata for robots, as far as it was read before the first text. */
    get metas(): Metas {
      return metas ?? converter.metas ?? [];
    },
    /** As in `MarkdownConverter`. */
    get isScriptOnly(): boolean | undefined {
      return converter.isScriptOnly;
    },
    /** As in `MarkdownConverter`. */
    get note(): string | undefined {
      return converter.note;
    },
    /** Bytes of the page that were read. */
    get bytes(): number {
      return bytes;
    },
    /** Whether the limit is reached; further pieces are ignored. */
    get isOver(): boolean {
      return left < 0;
    },
    push(piece: Uint8Array): Awaitable<string> {
      if (left < 0 || piece.length === 0) return "";
      if (!isStarted) refuseBinary(piece);
      isStarted = true;
      const taken = piece.subarray(0, left);
      left -= piece.length;
      bytes += taken.length;
      const before = converter.steps;
      const text = converter.push(decoder.decode(taken));
      const { steps } = converter;
      spend(conversionCost(taken.length, steps && steps - (before ?? 0)));
      return left < 0 ? finish("truncate", text) : told(text);
    },
    truncate: (): Awaitable<string> => finish("truncate"),
    end: (): Awaitable<string> => (left < 0 ? "" : finish("end")),
  };
}

/**
 * Converts a stream of HTML.
 *
 * @param done gets the whole markdown if it is within `keepBytes`
 * @param begun the conversion's text so far
 */
export function conversionStream(
  conversion: Conversion,
  keepBytes: number,
  done: ((markdown: Uint8Array<ArrayBuffer>) => void) | undefined,
  begun = "",
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
    start: (controller) => send(begun, controller),
    transform(piece, controller) {
      if (conversion.isOver) return;
      return andThen(conversion.push(piece), (text) => {
        send(text, controller);
        if (!conversion.isOver) return;
        finish();
        controller.terminate();
      });
    },
    flush(controller) {
      if (conversion.isOver) return;
      return andThen(conversion.end(), (text) => {
        send(text, controller);
        finish();
      });
    },
  });
}

/** Estimates tokens as characters by four: 0.70 to 1.11 of a real tokenizer's count. */
export function estimateTokens(markdown: string): number {
  return Math.ceil(markdown.length / 4);
}

function refuseBinary(piece: Uint8Array): void {
  const start = toHex(piece.subarray(0, 5));
  if (SIGNATURES.some((signature) => start.startsWith(signature))) {
    throw new MislabelledContent("content of type text/html is not HTML");
  }
}
