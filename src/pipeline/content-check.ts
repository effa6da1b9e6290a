import { streamedDigest, type DigestAlgorithm } from "../http/streamed-digest.ts";
import type { Answer, Exchange, OriginClient } from "./exchange.ts";
import type { OwnResponse } from "./stage.ts";

/** "unread": the origin server has not read all content, so that its digest is not known. */
type ContentResult = "match" | "mismatch" | "unread";

/** The content of the request does not have the digest that it must have. */
export class ContentMismatch extends Error {
  override readonly name = "ContentMismatch";
  readonly response: OwnResponse;

  /** @param response the response in place of the origin server's */
  constructor(response: OwnResponse) {
    super("the content does not have its digest");
    this.response = response;
  }
}

/**
 * Compares content with digests on its way to the origin server. The last piece is held until the
 * result is known, so that the origin server never gets all of the wrong content.
 */
export class ContentCheck {
  readonly #digests;
  readonly #refuse: () => OwnResponse;
  #settle: (result: ContentResult) => void = () => {};
  readonly result: Promise<ContentResult>;
  isRefuted = false;
  #isEnding = false;

  /** @param refuse is called at most once, if the content is another */
  constructor(
    digests: readonly { readonly algorithm: DigestAlgorithm; readonly value: string }[],
    refuse: () => OwnResponse,
  ) {
    this.#digests = digests.map(({ algorithm, value }) => ({
      value,
      digest: streamedDigest(algorithm),
    }));
    this.#refuse = refuse;
    this.result = new Promise((resolve) => (this.#settle = resolve));
  }

  async update(piece: Uint8Array): Promise<void> {
    for (const { digest } of this.#digests) await digest.update(piece);
  }

  /** Ends the content; whether it has the digests. */
  async end(): Promise<boolean> {
    this.#isEnding = true;
    const found = await Promise.all(this.#digests.map(({ digest }) => digest.end()));
    const isMatch = this.#digests.every(({ value }, i) => found[i] === value);
    this.isRefuted = !isMatch;
    this.#settle(isMatch ? "match" : "mismatch");
    return isMatch;
  }

  /** The content was cut off, or nobody reads the rest. */
  abandon(): void {
    if (!this.#isEnding) this.#settle("unread");
  }

  error(): ContentMismatch {
    return new ContentMismatch(this.#refuse());
  }

  /**
   * Passes content on while it is compared. If it is another, it fails before the last piece.
   *
   * @param abort breaks off the request, for a runtime that would end it cleanly @default none
   */
  stream(abort?: () => void): TransformStream<Uint8Array, Uint8Array> {
    let held: Uint8Array | undefined;
    return new TransformStream<Uint8Array, Uint8Array>({
      transform: async (piece, controller) => {
        await this.update(piece);
        if (held !== undefined) controller.enqueue(held);
        held = piece;
      },
      flush: async (controller) => {
        if (await this.end()) {
          if (held !== undefined) controller.enqueue(held);
          return;
        }
        abort?.();
        controller.error(this.error());
      },
      cancel: () => this.abandon(),
    } as Transformer<Uint8Array, Uint8Array>);
  }
}

/** Withholds the origin server's response until the content of the request is known to be right. */
export function withContentCheck({ contentCheck }: Exchange, origin: OriginClient): OriginClient {
  if (contentCheck === undefined) return origin;
  return async (request) => {
    let answer: Answer;
    try {
      answer = await origin(request);
    } catch (error) {
      throw contentCheck.isRefuted ? contentCheck.error() : error;
    }
    const result = await contentCheck.result;
    // An origin server that refuses the request need not read it.
    if (result === "match" || (result === "unread" && answer.status >= 400)) return answer;
    answer.body?.release();
    throw contentCheck.error();
  };
}
