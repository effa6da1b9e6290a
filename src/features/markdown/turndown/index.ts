import type TurndownService from "turndown";
import type { MarkdownConverter, MarkdownEngine, MarkdownOptions } from "../../../feature/parts.ts";
import { streamEngine } from "../stream/index.ts";
import { Reader } from "../read/reader.ts";
import { openRenderer, readerOptions, truncationNotice } from "../stream/page.ts";
import { DEFAULT_LIMITS, exceedsLimits, type TurndownLimits } from "./limits.ts";
import { FORGED_MARK } from "./markers.ts";
import { TurndownPage } from "./service.ts";
import { TreeSink } from "./tree.ts";

export type { TurndownLimits };

/** Adds an operator's rules and plug-ins to the turndown service; called for each page. */
export type ConfigureTurndown = (service: TurndownService) => void;

export interface TurndownEngineOptions {
  /** Adds rules and plug-ins to the turndown service of each page. */
  readonly configure?: ConfigureTurndown;
  /** The stream engine converts pages that exceed them. @default DEFAULT_LIMITS */
  readonly limits?: Partial<TurndownLimits>;
}

/** An engine with turndown and linkedom, for operators with turndown rules and plug-ins. */
export function createTurndownEngine(options: TurndownEngineOptions = {}): MarkdownEngine<string> {
  return { name: "turndown", open: (page) => openTurndown(page, options) };
}

/** The engine without rules of an operator. */
export const turndownEngine: MarkdownEngine<string> = createTurndownEngine();

function openTurndown(
  page: MarkdownOptions,
  { limits, configure }: TurndownEngineOptions,
): MarkdownConverter<string> {
  const most = { ...DEFAULT_LIMITS, ...limits };
  let html = "";
  let isEnded = false;
  let facts: Facts = {};
  /** Converts the page if it exceeds a limit. */
  let fallback: MarkdownConverter<string> | undefined;

  const fallBack = (): MarkdownConverter<string> => (fallback = streamEngine.open(page));

  /** The page's markdown; undefined if it exceeds a limit or has no tree. */
  const convert = (): string | undefined => {
    if (FORGED_MARK.test(html) || exceedsLimits(html, most)) return undefined;
    try {
      const converted = convertWhole(html, page, configure);
      ({ facts } = converted);
      return converted.markdown;
    } catch {
      return undefined;
    }
  };

  const finish = (how: "end" | "truncate", notice: string): string => {
    if (isEnded) return "";
    isEnded = true;
    if (fallback !== undefined) return fallback[how]();
    const markdown = convert();
    if (markdown !== undefined) return markdown + notice;
    const converter = fallBack();
    return converter.push(html) + converter[how]();
  };

  return {
    get alternate() {
      return (fallback ?? facts).alternate;
    },
    get metas() {
      return (fallback ?? facts).metas ?? [];
    },
    get isScriptOnly() {
      return (fallback ?? facts).isScriptOnly;
    },
    get note() {
      return (fallback ?? facts).note;
    },
    get explanation() {
      return (fallback ?? facts).explanation ?? [];
    },
    push(piece) {
      if (isEnded) return "";
      if (fallback !== undefined) return fallback.push(piece);
      html += piece;
      if (html.length <= most.size) return "";
      const all = html;
      html = "";
      return fallBack().push(all);
    },
    end: () => finish("end", ""),
    truncate: () => finish("truncate", `\n${truncationNotice(page.url)}\n`),
  };
}

/** What a converter tells about its page. */
type Facts = Pick<
  MarkdownConverter,
  "alternate" | "metas" | "isScriptOnly" | "note" | "explanation"
>;

function convertWhole(
  html: string,
  page: MarkdownOptions,
  configure: ConfigureTurndown | undefined,
): { readonly markdown: string; readonly facts: Facts } {
  const renderer = openRenderer(page);
  const tree = new TreeSink(renderer);
  const reader = new Reader(readerOptions(page), tree);
  reader.push(html);
  reader.end();
  renderer.begin();
  const openFragment = () => openRenderer({ ...page, frontmatter: false, preface: "" });
  new TurndownPage(openFragment, configure).convert(tree.root, renderer);
  const markdown = renderer.take();
  return {
    markdown: markdown === "" || markdown.endsWith("\n") ? markdown : `${markdown}\n`,
    facts: {
      alternate: renderer.alternate,
      metas: renderer.metadata.robots,
      isScriptOnly: reader.isScriptOnly,
      note: reader.note,
      explanation: page.explains === true ? reader.explanation : [],
    },
  };
}
