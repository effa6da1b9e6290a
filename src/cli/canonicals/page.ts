import { Parser } from "htmlparser2";
import { FieldList } from "../../http/fields.ts";
import { HtmlDecoder } from "../../http/html-decoder.ts";
import { parseLinks } from "../../http/link.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import {
  decideCanonical,
  type Canonical,
  type CanonicalLink,
  type Sameness,
} from "../../features/canonical-redirect/canonical.ts";
import { HeadScanner } from "../../features/canonical-redirect/head-scan.ts";

/** What was found at an address. */
export interface WalkedPage {
  readonly url: string;
  /** Zero where there was no answer. */
  readonly status: number;
  /** Where the origin server redirects to. */
  readonly location?: string;
  /** Undefined for what is no page. */
  readonly canonical?: Canonical;
  /** Pages that it links to. */
  readonly links: readonly string[];
}

/** Content beyond this is not looked at for links, in bytes. */
const MAX_CONTENT = 1024 * 1024;
/** How far into the content the proxy looks for a canonical, by default. */
const MAX_SCAN = 262_144;
const TIMEOUT = 15_000;

export const USER_AGENT = "Mozilla/5.0 (compatible; wayleave-canonicals/1.0)";

/** Asks for an address, and decides what its canonical is as the proxy does. */
export async function readPage(url: string, sameness: Sameness): Promise<WalkedPage> {
  let response: Response;
  try {
    response = await ask(url);
  } catch {
    return { url, status: 0, links: [] };
  }
  const { status, headers } = response;
  const location = headers.get("location");
  const type = parseMediaType(headers.get("content-type") ?? undefined);
  if (status !== 200 || !isHtml(type)) {
    await response.body?.cancel();
    const to = location === null ? null : URL.parse(location, url);
    return { url, status, links: [], ...(to === null ? {} : { location: to.href }) };
  }
  const content = await readUpTo(response, MAX_CONTENT);
  const fields = FieldList.from([...headers].flat());
  const named = parseLinks(fields.get("link"))
    .filter(({ rel }) => rel.includes("canonical"))
    .map(({ href }): CanonicalLink => ({ href, source: "link-field" }));
  const isXml = type?.essence === "application/xhtml+xml";
  const scanner = new HeadScanner(type?.charset, isXml, named.length > 0);
  if (!scanner.push(content.subarray(0, MAX_SCAN))) scanner.end();
  const canonical = decideCanonical(new URL(url), [...named, ...scanner.links()], sameness);
  const decoder = new HtmlDecoder(type?.charset, isXml);
  const text = decoder.decode(content) + decoder.end();
  return { url, status, canonical, links: linksOf(text, url) };
}

/** Sends a request of ours; redirects are not followed. */
export function ask(url: string): Promise<Response> {
  return fetch(url, {
    redirect: "manual",
    headers: { "user-agent": USER_AGENT, accept: "text/html, application/xhtml+xml, */*;q=0.1" },
    signal: AbortSignal.timeout(TIMEOUT),
  });
}

/** Content up to a bound; the rest is not read. */
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
    // What came before the connection broke is looked at.
  }
  return new Uint8Array(Buffer.concat(pieces).subarray(0, maxBytes));
}

function linksOf(html: string, page: string): string[] {
  const links = new Set<string>();
  let base = page;
  const parser = new Parser({
    onopentag(name, attributes) {
      const { href } = attributes;
      if (href === undefined) return;
      if (name === "base" && base === page) base = URL.parse(href, page)?.href ?? page;
      const url = name === "a" ? URL.parse(href, base) : null;
      if (url === null || url.origin !== new URL(page).origin) return;
      url.hash = "";
      links.add(url.href);
    },
  });
  parser.write(html);
  parser.end();
  return [...links];
}
