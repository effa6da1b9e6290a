import * as v from "valibot";
import { anyDuration } from "../../timing/duration.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";

const yesOrNo = v.optional(v.picklist(["yes", "no"]));

const selectors = v.optional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), []);

/** A line of text that is switched on as it is by `true`. */
const line = v.optional(
  v.union([v.boolean(), v.pipe(v.string(), v.minLength(1), v.maxLength(1000))]),
  false,
);

/** What a rules file may say under `markdown`. */
export const markdownOptions = v.strictObject({
  ...modeEntries,
  /** What converts: our own engine, or turndown with its rules (Node only). @default "stream" */
  engine: v.optional(v.picklist(["stream", "turndown"]), "stream"),
  /** Answer `…/index.md` with the markdown of the page at `…/`. @default true */
  indexMd: v.optional(v.boolean(), true),
  /** Answer `/path.md` with the markdown of the page at `/path`. @default false */
  pathMd: v.optional(v.boolean(), false),
  /** When to ask for the origin's own markdown first: where a Link of its named it, or always. @default "seen" */
  originMarkdown: v.optional(v.picklist(["never", "seen", "always"]), "seen"),
  /** Answer 406 where the client accepts neither form. @default false, which sends HTML */
  strictAccept: v.optional(v.boolean(), false),
  /** Put title, description and address before the text. @default true */
  frontmatter: v.optional(v.boolean(), true),
  /** Put the date of the origin's Last-Modified there too. @default false: many servers send the deploy's */
  lastModified: v.optional(v.boolean(), false),
  /** Simple selectors of the main content, where the page does not mark it. @default none @example ["main", ".content"] */
  select: selectors,
  /** Simple selectors of what is left out. @default none @example [".sidebar", "nav"] */
  ignore: selectors,
  /** Begin with a line that points to /llms.txt: true, or the line itself. @default false */
  llmsTxtLine: line,
  /** Put a hidden hint for agents into the HTML: true, or its text. @default false */
  directive: line,
  /** Estimate the tokens in X-Markdown-Tokens; the page is then converted as a whole. @default false */
  tokens: v.optional(v.boolean(), false),
  /** Content-Signal of the site's pages, where the origin says none. @default none @example { "search": "yes", "ai-train": "no" } */
  contentSignal: v.optional(
    v.strictObject({
      /** Whether the page may be found by search. @default not said */
      search: yesOrNo,
      /** Whether it may be input to answers of AI. @default not said */
      "ai-input": yesOrNo,
      /** Whether models may be trained on it. @default not said */
      "ai-train": yesOrNo,
    }),
  ),
  /** For how long converted markdown is kept at most, or false. @default "1d" */
  keepFor: v.optional(v.union([v.literal(false), anyDuration()]), "1d"),
  /** HTML that is known to be longer stays HTML, in bytes. @default 6291456 */
  maxBytes: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(67_108_864)),
    6_291_456,
  ),
});

export type MarkdownPolicy = v.InferOutput<typeof markdownOptions>;
