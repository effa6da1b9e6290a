import { FieldList } from "../../http/fields.ts";
import { HtmlDecoder } from "../../http/html-decoder.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import { linksOfFields, type Canonical } from "../../features/canonical-redirect/canonical.ts";
import { NO_HEAD } from "../../features/canonical-redirect/head-facts.ts";
import { HeadScanner } from "../../features/canonical-redirect/head-scan.ts";
import { isHiddenBy } from "../../features/canonical-redirect/learn.ts";
import {
  decidePageCanonical,
  type CanonicalOptions,
} from "../../features/canonical-redirect/page-canonical.ts";
import { linksOf } from "../../features/canonical-redirect/page-links.ts";
import { MAX_SKETCHED, sketchOf } from "../../features/canonical-redirect/text-sketch.ts";
import { isWrittenByScript } from "./script-only.ts";

/** The response of one URL, as far as the crawl needs it. */
export interface WalkedPage {
  readonly url: string;
  /** 0 if there was no response. */
  readonly status: number;
  readonly location?: string;
  /** Undefined if the response is no page, or of another type and names none. */
  readonly canonical?: Canonical;
  /** Whether it asks not to be indexed. */
  readonly isHidden: boolean;
  /** Further facts about a page of HTML. */
  readonly about?: WalkedFacts;
  readonly links: readonly string[];
}

interface WalkedFacts {
  readonly title: string;
  /** The `lang` of the document. */
  readonly language: string | undefined;
  /** See `sketchOf`. */
  readonly sketch: string;
  /** Whether only a script of the page writes a canonical. */
  readonly isScripted: boolean;
}

/** The options by which a canonical is read. */
export interface ReadOptions extends CanonicalOptions {
  /** Whether a media type has its canonical in a Link field. */
  readonly isLinked: (essence: string) => boolean;
}

/** Bytes of content that are searched for links, at most. */
const MAX_CONTENT = 1024 * 1024;
/** Bytes of content that the proxy searches for a canonical, by default. */
const MAX_SCAN = 262_144;
const TIMEOUT = 15_000;

const USER_AGENT = "Mozilla/5.0 (compatible; wayleave-canonicals/1.0)";

/**
 * Fetches a page, and decides its canonical as the proxy does.
 *
 * @param send sends the request, and follows no redirect
 */
export async function readPage(
  url: string,
  options: ReadOptions,
  send: (url: string) => Promise<Response> = ask,
): Promise<WalkedPage> {
  let response: Response;
  try {
    response = await send(url);
  } catch {
    return { url, status: 0, isHidden: false, links: [] };
  }
  const { status, headers } = response;
  const location = headers.get("location");
  const type = parseMediaType(headers.get("content-type") ?? undefined);
  const fields = FieldList.from([...headers].flat());
  const named = linksOfFields(fields);
  if (status !== 200 || !isHtml(type)) {
    await response.body?.cancel();
    const to = location === null ? null : URL.parse(location, url);
    const isLinked = status === 200 && named.length > 0 && options.isLinked(type?.essence ?? "");
    return {
      url,
      status,
      links: [],
      isHidden: isHiddenBy(fields),
      ...(to === null ? {} : { location: to.href }),
      ...(isLinked
        ? { canonical: decidePageCanonical(new URL(url), fields, NO_HEAD, options) }
        : {}),
    };
  }
  const content = await readUpTo(response, MAX_CONTENT);
  const isXml = type?.essence === "application/xhtml+xml";
  const scanner = new HeadScanner(type?.charset, isXml, named.length > 0);
  if (!scanner.push(content.subarray(0, MAX_SCAN))) scanner.end();
  const head = scanner.facts(content.length > MAX_SCAN);
  const canonical = decidePageCanonical(new URL(url), fields, head, options);
  const decoder = new HtmlDecoder(type?.charset, isXml);
  const text = decoder.decode(content) + decoder.end();
  const about = {
    title: head.title,
    language: head.language,
    sketch: sketchOf(text.slice(0, MAX_SKETCHED), new URL(url).pathname),
    isScripted: canonical.kind === "stays" && isWrittenByScript(text),
  };
  const isHidden = head.isHidden || isHiddenBy(fields);
  return { url, status, canonical, isHidden, about, links: linksOf(text, url, isXml) };
}

/** Sends a GET request; does not follow redirects. */
export function ask(url: string): Promise<Response> {
  return fetch(url, {
    redirect: "manual",
    headers: { "user-agent": USER_AGENT, accept: "text/html, application/xhtml+xml, */*;q=0.1" },
    signal: AbortSignal.timeout(TIMEOUT),
  });
}

/** Reads content up to a bound. */
export async function readUpTo(response: Response, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of response.body ?? []) {
      pieces.push(piece);
      length += piece.length;
      if (length >= maxBytes) break;
    }
  } catch {
    // The content before the break is used.
  }
  return new Uint8Array(Buffer.concat(pieces).subarray(0, maxBytes));
}
