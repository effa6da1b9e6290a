import { andThen, type Awaitable } from "../timing/and-then.ts";
import type { CacheRequest, CacheResponse } from "./message.ts";
import { marked, type CacheOutcome } from "./outcome.ts";
import type { CacheContext, CacheParts } from "./parts.ts";
import { answerFrom } from "./serve.ts";
import { currentAge, type StoredHead } from "./stored.ts";

/**
 * Makes the response from a stored one, at once if its content is in memory; undefined if its content is
 * no longer stored.
 */
export function sendStored<Response extends CacheResponse>(
  parts: CacheParts<Response>,
  stored: StoredHead,
  request: CacheRequest,
  context: CacheContext<Response>,
  outcome: CacheOutcome,
): Awaitable<Response | undefined> {
  const content = stored.length === 0 ? new Uint8Array() : parts.blobs.get(stored.blob);
  return andThen(content, (bytes) =>
    bytes === undefined ? undefined : revived(parts, stored, bytes, request, context, outcome),
  );
}

function revived<Response extends CacheResponse>(
  { revive, now, hasCodedBytes }: CacheParts<Response>,
  stored: StoredHead,
  content: Uint8Array<ArrayBuffer>,
  request: CacheRequest,
  context: CacheContext<Response>,
  outcome: CacheOutcome,
): Response {
  const ranges =
    hasCodedBytes || !stored.fields.some((name, i) => i % 2 === 0 && isContentEncoding(name));
  const made = answerFrom(stored, content, request, { now: now(), ranges });
  context.onOutcome(outcome);
  return marked(revive(made), outcome, stored.lifetime - currentAge(stored, now()));
}

function isContentEncoding(name: string): boolean {
  return name.length === 16 && name.toLowerCase() === "content-encoding";
}
