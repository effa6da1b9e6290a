import type { FeatureParts } from "../../feature/parts.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { within } from "../../timing/timeout.ts";

export interface CookieTrialParts extends Pick<FeatureParts, "own" | "now" | "scheduler"> {}

/** Milliseconds for which our own request may take. */
const PATIENCE = 10_000;

/** The content without cookies: the same, another, or unknown. */
type TrialResult = "same" | "other" | "failed";

/** Creates our own requests, without a cookie, that compare a content. They never throw. */
export function createCookieTrial({ own }: Pick<CookieTrialParts, "own">) {
  return async (exchange: Exchange, accept: string, content: Uint8Array): Promise<TrialResult> => {
    // Another address may follow rules of its own.
    if (own === undefined || exchange.originTarget !== exchange.target) return "failed";
    const compare = async (): Promise<TrialResult> => {
      const { status, body } = await own.get(exchange.target, accept, exchange, () => {});
      const stream = status === 200 && body?.readable === true ? body.open() : undefined;
      body?.release();
      if (stream === undefined) return "failed";
      return (await isEqual(stream, content)) ? "same" : "other";
    };
    try {
      return await within(PATIENCE, compare(), () => "failed");
    } catch {
      return "failed";
    }
  };
}

/** Whether a stream has exactly these bytes; it is read no further than the first difference. */
async function isEqual(stream: ReadableStream<Uint8Array>, bytes: Uint8Array): Promise<boolean> {
  const reader = stream.getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return at === bytes.length;
    const end = at + value.length;
    if (end > bytes.length || !value.every((byte, i) => byte === bytes[at + i])) {
      reader.cancel().catch(() => {});
      return false;
    }
    at = end;
  }
}
