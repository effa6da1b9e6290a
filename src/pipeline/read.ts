import type { FinalOutcome, Scan } from "./stage.ts";
import { within } from "../timing/timeout.ts";
import { inTurns } from "../timing/turns.ts";

/** Thrown if reading took longer than its bound. */
export class ReadTimeout extends Error {
  override readonly name = "ReadTimeout";
}

/** Runs a scan over a stream, within its bound of bytes and `timeout` milliseconds. */
export async function runScan(
  content: ReadableStream<Uint8Array>,
  scan: Scan,
  timeout: number,
): Promise<FinalOutcome> {
  const reader = inTurns(content).getReader();
  const late = new AbortController();
  try {
    return await within(timeout, scanAll(reader, scan, late.signal), () => {
      late.abort(new ReadTimeout());
      throw late.signal.reason;
    });
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function scanAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  scan: Scan,
  late: AbortSignal,
): Promise<FinalOutcome> {
  let left = scan.maxBytes;
  for (;;) {
    const { done, value } = await reader.read();
    // A timeout cancels the reader, which then reports an end of the content that is none.
    late.throwIfAborted();
    if (done) return definite(await scan.see(EMPTY, "end"));
    const piece = value.length > left ? value.subarray(0, left) : value;
    // At exactly the bound, the content may have ended: the next read shows it.
    const over = value.length > left;
    left -= piece.length;
    const outcome = await scan.see(piece, over ? "limit" : "open");
    if (outcome !== undefined || over) return definite(outcome);
  }
}

const EMPTY = new Uint8Array();

function definite(outcome: FinalOutcome | undefined): FinalOutcome {
  if (outcome === undefined) throw new TypeError("a scan ended without an outcome");
  return outcome;
}
