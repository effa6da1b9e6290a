import type { MarkdownConverter, MarkdownEngine, MarkdownOptions } from "../../../feature/parts.ts";
import { openPage, streamEngine, truncationNotice } from "../stream/index.ts";
import { DEFAULT_LIMITS, exceedsLimits, type TurndownLimits } from "./limits.ts";
import { FORGED_MARK } from "./markers.ts";
import { type ConfigureTurndown, TurndownPage } from "./service.ts";

export type { ConfigureTurndown, TurndownLimits };

export interface TurndownEngineOptions {
  /** Adds rules and plug-ins to the turndown service of each page. */
  readonly configure?: ConfigureTurndown;
  /** The stream engine converts pages that exceed them. @default DEFAULT_LIMITS */
  readonly limits?: Partial<TurndownLimits>;
}

/** An engine with turndown and linkedom, for operators with turndown rules and plug-ins. */
export function createTurndownEngine(options: TurndownEngineOptions = {}): MarkdownEngine {
  return { name: "turndown", open: (page) => new TurndownConverter(page, options) };
}

/** The engine without rules of an operator. */
export const turndownEngine: MarkdownEngine = createTurndownEngine();

class TurndownConverter implements MarkdownConverter {
  readonly #options: MarkdownOptions;
  readonly #limits: TurndownLimits;
  readonly #configure: ConfigureTurndown | undefined;
  #pieces: string[] = [];
  #size = 0;
  /** Converts the page if it exceeds a limit. */
  #fallback: MarkdownConverter | undefined;
  #isEnded = false;
  #alternate: string | undefined;

  constructor(options: MarkdownOptions, { limits, configure }: TurndownEngineOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#configure = configure;
  }

  get alternate(): string | undefined {
    return this.#fallback?.alternate ?? this.#alternate;
  }

  push(html: string): string {
    if (this.#isEnded) return "";
    if (this.#fallback !== undefined) return this.#fallback.push(html);
    this.#pieces.push(html);
    this.#size += html.length;
    if (this.#size <= this.#limits.size) return "";
    this.#fallback = streamEngine.open(this.#options);
    const all = this.#pieces.join("");
    this.#pieces = [];
    return this.#fallback.push(all);
  }

  end(): string {
    return this.#finish((fallback) => fallback.end(), "");
  }

  truncate(): string {
    return this.#finish(
      (fallback) => fallback.truncate(),
      `\n${truncationNotice(this.#options.url)}\n`,
    );
  }

  #finish(finish: (fallback: MarkdownConverter) => string, notice: string): string {
    if (this.#isEnded) return "";
    this.#isEnded = true;
    if (this.#fallback !== undefined) return finish(this.#fallback);
    const markdown = this.#convert();
    if (markdown !== undefined) return markdown + notice;
    this.#fallback = streamEngine.open(this.#options);
    return this.#fallback.push(this.#pieces.join("")) + finish(this.#fallback);
  }

  /** The page's markdown; undefined if it exceeds a limit or has no tree. */
  #convert(): string | undefined {
    const html = this.#pieces.join("");
    if (FORGED_MARK.test(html) || exceedsLimits(html, this.#limits)) return undefined;
    try {
      const { renderer, attributes } = openPage(this.#options);
      const openFragment = () =>
        openPage({ ...this.#options, frontmatter: false, preface: "", select: [] }).renderer;
      new TurndownPage(attributes, openFragment, this.#configure).convert(html, renderer);
      this.#alternate = renderer.alternate;
      const markdown = renderer.take();
      return markdown === "" || markdown.endsWith("\n") ? markdown : `${markdown}\n`;
    } catch {
      return undefined;
    }
  }
}
