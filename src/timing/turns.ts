/** Lets other tasks of the event loop run. */
export function nextTurn(): Promise<void> {
  // Workers may have no setImmediate, which is a millisecond faster.
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Pages of a site that are processed in one turn; each is matched with the rules. */
export const PAGES_A_TURN = 100;

/** Bytes of content that are processed in one turn; the costliest HTML takes 10 ms. */
const BYTES_A_TURN = 32 * 1024;

/** Splits content into pieces for one turn of the event loop each, with a turn between them. */
export function inTurns(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  let rest: Uint8Array | undefined;
  let left = BYTES_A_TURN;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (rest === undefined) {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            return;
          }
          rest = value;
        }
        if (left === 0) {
          await nextTurn();
          left = BYTES_A_TURN;
        }
        const piece = rest.subarray(0, left);
        left -= piece.length;
        rest = piece.length === rest.length ? undefined : rest.subarray(piece.length);
        controller.enqueue(piece);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
