import { isOnWeb } from "../../http/target.ts";
import { parseLinks } from "../../http/link.ts";
import { toMarkdownUrl } from "../../http/markdown-url.ts";
import type { Fields } from "../../http/fields.ts";
import { joinSignals } from "../../http/content-signal.ts";
import type { Metas } from "../../http/robots-meta.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { FieldEdits } from "../../pipeline/stage.ts";
import { isSignalOfPage } from "../../feature/page-signals.ts";
import type { MarkdownOptions } from "../../feature/parts.ts";
import { robotsFields, signalsOfPage } from "./page-robots.ts";
import type { MarkdownPolicy } from "./policy.ts";

type Line = readonly [name: string, value: string];

/** Content-Type of all markdown that we make. */
export const MARKDOWN_TYPE = "text/markdown; charset=utf-8";

/** The facts of a conversion that fields depend on. */
export interface MadeMarkdown {
  /** The page's metadata for robots. */
  readonly metas: Metas;
  /** An estimate of the tokens, if the rule wants it. */
  readonly tokens?: number | undefined;
  /** Bytes of the page. */
  readonly pageBytes?: number | undefined;
}

/** A page's facts that its conversion depends on. */
interface ConvertedPage {
  /** The origin server's Last-Modified. */
  readonly modified?: string | undefined;
  /** Whether it is in the XML syntax. */
  readonly isXml?: boolean;
}

/** The engine's options for a page. */
export function pageOptions(
  page: URL,
  policy: MarkdownPolicy,
  { modified, isXml = false }: ConvertedPage = {},
): MarkdownOptions {
  const { frontmatter, select, ignore, keep, content, llmsTxtLine } = policy;
  const date = policy.lastModified && modified !== undefined ? new Date(modified) : undefined;
  return {
    url: page.href,
    frontmatter,
    ...(date === undefined || Number.isNaN(date.getTime())
      ? {}
      : { lastModified: date.toISOString().slice(0, 10) }),
    ...(select.length > 0 ? { select } : {}),
    ...(ignore.length > 0 ? { ignore } : {}),
    ...(keep.length > 0 ? { keep } : {}),
    ...(content === "main" ? {} : { content }),
    ...(isXml ? { isXml } : {}),
    ...(llmsTxtLine === false ? {} : { preface: llmsTxtText(page, llmsTxtLine) }),
  };
}

function llmsTxtText(page: URL, line: true | string): string {
  if (line !== true) return line;
  return `> All pages of this site, as markdown: [llms.txt](${page.origin}/llms.txt)`;
}

/**
 * Field lines for a page's markdown. Notes in the exchange if Content-Signal is the page's own.
 *
 * @param fields of the origin server
 */
export function markdownFields(
  exchange: Exchange,
  page: URL,
  fields: Fields,
  policy: MarkdownPolicy,
  { metas, tokens }: MadeMarkdown,
): FieldEdits {
  // Two canonical links would contradict each other; the origin server's takes precedence.
  const isNamed = parseLinks(fields.get("link")).some(
    ({ rel, href }) => rel.includes("canonical") && isOnWeb(URL.parse(href, page)),
  );
  const canonical: Line[] = isNamed ? [] : [["link", `<${page.href}>; rel="canonical"`]];
  const robots = robotsFields(page, fields, metas);
  const set = [...robots.set, ...signalFields(exchange, fields, policy, metas)];
  if (tokens !== undefined) set.push(["x-markdown-tokens", String(tokens)]);
  return { append: [...canonical, ...robots.append], set };
}

/** Content-Signal of markdown: the origin server's, then the page's, then the rule's signals. */
function signalFields(
  exchange: Exchange,
  fields: Fields,
  policy: MarkdownPolicy,
  metas: Metas,
): Line[] {
  const ofPage = signalsOfPage(metas);
  if (ofPage === "") return signal(fields, policy);
  const own = fields.get("content-signal");
  if (own !== undefined) return [["content-signal", joinSignals(own, ofPage)]];
  const [[, ofRule] = []] = signal(fields, policy);
  if (ofRule === undefined) isSignalOfPage.set(exchange, true);
  return [["content-signal", joinSignals(ofPage, ofRule ?? "")]];
}

/** Field lines for a page's HTML. */
export function pageFields(
  page: URL,
  fields: Fields,
  policy: MarkdownPolicy,
  link: boolean,
): FieldEdits {
  const append: Line[] = link
    ? [["link", `<${toMarkdownUrl(page)}>; rel="alternate"; type="text/markdown"`]]
    : [];
  return { append, set: signal(fields, policy) };
}

/** The origin server's own Content-Signal takes precedence. */
function signal(fields: Fields, { contentSignal }: MarkdownPolicy): Line[] {
  if (contentSignal === undefined || fields.get("content-signal") !== undefined) return [];
  const value = Object.entries(contentSignal)
    .filter(([, answer]) => answer !== undefined)
    .map(([name, answer]) => `${name}=${answer}`)
    .join(", ");
  return value === "" ? [] : [["content-signal", value]];
}
