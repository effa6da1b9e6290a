import type { FinalOutcome, Scan } from "./stage.ts";

/** Thrown where reading took longer than its bound. */
export class ReadTimeout extends Error {
  override readonly name = "ReadTimeout";
}

/** Runs a scan over a stream, through its bound of bytes and `timeout` milliseconds. */
export async function runScan(
  stream: ReadableStream<Uint8Array>,
  scan: Scan,
  timeout: number,
): Promise<FinalOutcome> {
  const reader = stream.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ReadTimeout()), timeout);
  });
  late.catch(() => {});
  let left = scan.maxBytes;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return definite(await Promise.race([scan.see(EMPTY, "end"), late]));
      const piece = value.length > left ? value.subarray(0, left) : value;
      // Full to the last byte may be the end or not: the next read tells.
      const over = value.length > left;
      left -= piece.length;
      const outcome = await Promise.race([scan.see(piece, over ? "limit" : "open"), late]);
      if (outcome !== undefined || over) return definite(outcome);
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}

const EMPTY = new Uint8Array();

function definite(outcome: FinalOutcome | undefined): FinalOutcome {
  if (outcome === undefined) throw new TypeError("a scan ended without an outcome");
  return outcome;
}
