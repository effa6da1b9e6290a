import { isForAll } from "../../../http/cache-control.ts";
import { mayConnect, policiesOf } from "../../../http/content-security-policy.ts";
import { sha256, toHex } from "../../../http/digest.ts";
import { Gathering } from "../../../http/gather.ts";
import { isHtml, parseMediaType } from "../../../http/media-type.ts";
import type { Answer, Exchange } from "../../../pipeline/exchange.ts";
import type { OwnRequests } from "../../../pipeline/own-requests.ts";
import { within } from "../../../timing/timeout.ts";

/** A page that our own request, without cookies, brought. */
export interface LearntPage {
  /** SHA-256 of the content, in hexadecimal. */
  readonly hash: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Smaller pages gain little, and larger ones would fill a training alone, in bytes. */
const SIZES = { least: 1024, most: 262_144 };
/** Milliseconds for which an own request may take. */
const PATIENCE = 10_000;

/** A page to learn from; undefined if it is too small, too large, or forbids the dictionary. */
export async function sampleOf(
  content: Uint8Array<ArrayBuffer>,
  url: URL,
): Promise<LearntPage | undefined> {
  const { length } = content;
  if (length < SIZES.least || length > SIZES.most) return undefined;
  return hasForbiddingMeta(content, url)
    ? undefined
    : { hash: toHex(await sha256(content)), content };
}

/** Requests a page for itself; undefined if it is not a page for everyone. Never throws. */
export async function requestSample(
  own: OwnRequests,
  exchange: Exchange,
): Promise<LearntPage | undefined> {
  const get = async (): Promise<LearntPage | undefined> => {
    const accept = "text/html, */*;q=0.1";
    const answer = await own.get(exchange.target, accept, exchange, () => {});
    const content = await contentOf(answer, exchange.url);
    answer.body?.release();
    return content && sampleOf(content, exchange.url);
  };
  try {
    return await within(PATIENCE, get(), () => undefined);
  } catch {
    return undefined;
  }
}

async function contentOf({ status, fields, body }: Answer, url: URL) {
  if (!isForAll(status, fields, { authorization: undefined })) return undefined;
  if (!isHtml(parseMediaType(fields.get("content-type")))) return undefined;
  if (!mayConnect(policiesOf(fields), url) || body?.readable !== true) return undefined;
  const reader = body.open().getReader();
  const gathering = new Gathering(undefined, SIZES.most);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return gathering.take();
    if (gathering.length + value.length > SIZES.most) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    gathering.push(value);
  }
}

/** Bytes of a page in which its own policy is looked for; it counts only in the head. */
const HEAD = 16_384;
const POLICY = /<meta\s[^>]{0,2000}content-security-policy[^>]{0,2000}>/gi;

/** Whether a page itself, in a `<meta>`, forbids that it fetches a dictionary. */
function hasForbiddingMeta(content: Uint8Array, url: URL): boolean {
  const head = new TextDecoder().decode(content.subarray(0, HEAD));
  const policies = [...head.matchAll(POLICY)].map(
    ([tag]) => /\scontent\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag)?.slice(1).join("") ?? "",
  );
  return !mayConnect(policies, url);
}
