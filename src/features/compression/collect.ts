import { Gathering } from "../../http/gather.ts";

/**
 * Passes content on, and returns a copy of the whole if it stays within the bound.
 *
 * @param expected bytes that are likely to come, if that is known
 */
export function collecting(
  maxBytes: number,
  expected: number | undefined,
  done: (content: Uint8Array<ArrayBuffer>) => void,
): TransformStream<Uint8Array, Uint8Array> {
  let gathering: Gathering | undefined = new Gathering(expected, maxBytes);
  return new TransformStream({
    transform(piece, controller) {
      if (gathering !== undefined && gathering.length + piece.length > maxBytes) {
        gathering = undefined;
      }
      // The coder may reuse its input buffer, so a copy is stored.
      gathering?.push(piece);
      controller.enqueue(piece);
    },
    flush() {
      if (gathering !== undefined) done(gathering.take());
    },
  });
}
