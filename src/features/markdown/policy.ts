import * as v from "valibot";
import { wholeNumber } from "../../http/schemas.ts";
import { duration } from "../../timing/duration.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";
import type { Concerned } from "../../feature/define.ts";
import type { PolicyWarning } from "../../pipeline/policy.ts";

const yesOrNo = v.optional(v.picklist(["yes", "no"]));

const selectors = v.optional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), []);

/** A line of text; `true` selects the default text. */
const line = v.optional(
  v.union([v.boolean(), v.pipe(v.string(), v.minLength(1), v.maxLength(1000))]),
  false,
);

/** The options under `markdown`. */
export const markdownOptions = v.strictObject({
  ...modeEntries,
  /** The converter: our own, or turndown with its rules (Node only). @default "stream" */
  engine: v.optional(v.picklist(["stream", "turndown"]), "stream"),
  /** Serves the markdown of the page `…/` as `…/index.md`. @default true */
  indexMd: v.optional(v.boolean(), true),
  /** Serves the markdown of the page `/path` as `/path.md`. @default false */
  pathMd: v.optional(v.boolean(), false),
  /**
   * When to request the origin server's own markdown first: if one of its Link fields named it, or
   * always.
   * @default "seen"
   */
  originMarkdown: v.optional(v.picklist(["never", "seen", "always"]), "seen"),
  /** Answers 406 if the client accepts neither form. @default false, which sends HTML */
  strictAccept: v.optional(v.boolean(), false),
  /** Adds title, description and URL before the text. @default true */
  frontmatter: v.optional(v.boolean(), true),
  /**
   * Also adds the date of the origin server's Last-Modified.
   * @default false: many servers send the date of the deploy
   */
  lastModified: v.optional(v.boolean(), false),
  /**
   * Simple selectors of the main content, for pages that do not mark it.
   * @default none @example ["main", ".content"]
   */
  select: selectors,
  /** Simple selectors of content to exclude. @default none @example [".sidebar", "nav"] */
  ignore: selectors,
  /**
   * Simple selectors of elements that are content, although the filter of boilerplate would leave them
   * out; `ignore` takes precedence.
   * @default none @example [".related", "#comments"]
   */
  keep: selectors,
  /**
   * What counts as content: "main" is the main content without boilerplate, "article" the text of the
   * article alone, and "all" the whole body without any filter.
   * @default "main"
   */
  content: v.optional(v.picklist(["all", "main", "article"]), "main"),
  /**
   * What to send for a page that only a script renders: markdown with a notice and what the page
   * holds besides, the page as HTML, or a 406.
   * @default "notice"
   */
  onScriptOnly: v.optional(v.picklist(["notice", "html", "406"]), "notice"),
  /** Adds a first line that points to /llms.txt: true, or the line itself. @default false */
  llmsTxtLine: line,
  /** Adds a hidden hint for agents to the HTML: true, or its text. @default false */
  directive: line,
  /**
   * Estimates the tokens in X-Markdown-Tokens; the page is then converted as a whole.
   * @default false
   */
  tokens: v.optional(v.boolean(), false),
  /**
   * The Content-Signal of the site's pages, if the origin server sends none.
   * @default none @example { "search": "yes", "ai-train": "no" }
   */
  contentSignal: v.optional(
    v.strictObject({
      /** Whether search may index the page. @default not sent */
      search: yesOrNo,
      /** Whether AI may use the page as input for answers. @default not sent */
      "ai-input": yesOrNo,
      /** Whether models may be trained on the page. @default not sent */
      "ai-train": yesOrNo,
    }),
  ),
  /** The longest time that converted markdown is stored, or false. @default "1d" */
  keepFor: v.optional(v.union([v.literal(false), duration()]), "1d"),
  /** HTML that is known to be longer is not converted, in bytes. @default 6291456 */
  maxBytes: v.optional(wholeNumber(1024, 67_108_864), 6_291_456),
});

export type MarkdownPolicy = v.InferOutput<typeof markdownOptions>;

/** Warnings about a rule's options. */
export function markdownWarnings(
  { engine }: MarkdownPolicy,
  { runtimes }: Concerned,
): PolicyWarning<"runtime">[] {
  if (engine !== "turndown" || !runtimes.includes("workers")) return [];
  const message = 'on Workers, there is no "turndown"; the default engine converts the pages';
  return [{ level: "warning", code: "runtime", path: ["engine"], message }];
}
