import type { Answer, Exchange } from "./exchange.ts";
import type { RequestOutcome } from "./stage.ts";

/**
 * The index of the last stage for whose sake a HEAD is sent to the origin as GET; those behind it
 * see a HEAD again.
 */
export function lastReader(
  { method }: Exchange,
  slots: readonly { readonly request?: RequestOutcome }[],
): number {
  if (method !== "HEAD") return slots.length;
  return slots.findLastIndex(
    ({ request }) => request?.kind === "forward" && request.method !== undefined,
  );
}

/** RFC 9110 §9.3.2: a HEAD is answered without content, whatever was asked of the origin. */
export function withoutContent({ method }: Exchange, answer: Answer): Answer {
  if (method !== "HEAD" || answer.body === null) return answer;
  answer.body.release();
  return { ...answer, body: null };
}
