import { concat } from "../../pipeline/read.ts";

/** Passes content on, and gives a copy of the whole where it stays within the bound. */
export function collecting(
  maxBytes: number,
  done: (content: Uint8Array<ArrayBuffer>) => void,
): TransformStream<Uint8Array, Uint8Array> {
  let pieces: Uint8Array[] | undefined = [];
  let length = 0;
  return new TransformStream({
    transform(piece, controller) {
      length += piece.length;
      if (length > maxBytes) pieces = undefined;
      // The coder may take its input over: what is kept is a copy.
      pieces?.push(piece.slice());
      controller.enqueue(piece);
    },
    flush() {
      if (pieces === undefined) return;
      const whole = concat(pieces, length);
      // What is done with the whole may take a while: the pieces must not stay in memory meanwhile.
      pieces = undefined;
      done(whole);
    },
  });
}
