import type { Fields } from "../../http/fields.ts";
import type { FinalOutcome, OwnResponse, ResponseOutcome } from "../../pipeline/stage.ts";
import { problem } from "../../http/problem.ts";
import { inTurns } from "../../timing/turns.ts";
import { estimateTokens, type Conversion } from "./convert.ts";
import { originMarkdown, type PageHead } from "./decide.ts";
import type { HeadFacts } from "./body-finder.ts";
import { directiveText, injection } from "./directive.ts";
import type { PageRecorder } from "./reusable-pages.ts";
import { pageFields } from "./page-fields.ts";
import type { MarkdownPolicy } from "./policy.ts";
import type { MarkdownReason } from "./reasons.ts";

/**
 * The page as HTML, with what points to its markdown.
 *
 * @param alternate is told of the markdown that the page's head names as its own, if that is read
 */
export function asPage(
  reason: "html-preferred" | "too-large" | "over-budget",
  { page, type }: PageHead,
  fields: Fields,
  policy: MarkdownPolicy,
  alternate: (address: string) => void,
): FinalOutcome<MarkdownReason> {
  const isLinked = originMarkdown(fields.get("link"), page) !== undefined;
  const link = policy.indexMd && !isLinked && reason === "html-preferred";
  const edits = pageFields(page, fields, policy, link);
  if (policy.directive === false) {
    const isEmpty = edits.append?.length === 0 && edits.set?.length === 0;
    return isEmpty ? { kind: "declined", reason } : { kind: "amend", reason, fields: edits };
  }
  const text = directiveText(page, policy.directive);
  const csp = fields.get("content-security-policy");
  const told = ({ alternate: href, base = "" }: HeadFacts): void => {
    const from = URL.parse(base, page) ?? page;
    const address = href === undefined ? null : URL.parse(href, from);
    if (address !== null) alternate(address.href);
  };
  return {
    kind: "transform",
    reason,
    representation: { variant: "hint" },
    fields: edits,
    stream: (content) => inTurns(content).pipeThrough(injection(text, type?.charset, csp, told)),
  };
}

/** Seconds after which a network that has spent all may try again. */
const LATER = 5;

/** Says that a network has caused so many conversions that another has to wait. */
export function laterProblem(accept: string | undefined): OwnResponse {
  const detail =
    "The proxy converted too many pages for this network. The page is available as HTML.";
  const { status, fields, content } = problem("not-ready", detail, accept);
  return { status, fields: [...fields, ["retry-after", String(LATER)]], content };
}

/** Converts before anything is sent, so that the fields can tell of the whole. */
export function wholePage(
  conversion: Conversion,
  maxBytes: number,
  recorder: PageRecorder | undefined,
  made: (
    tokens: number,
  ) => Pick<FinalOutcome<MarkdownReason> & { kind: "replace" }, "representation" | "fields">,
): ResponseOutcome<MarkdownReason> {
  let markdown = "";
  return {
    kind: "scan",
    maxBytes,
    see(piece, at) {
      markdown += conversion.push(piece);
      if (at === "open") return undefined;
      markdown += at === "limit" ? conversion.truncate() : conversion.end();
      const content = new TextEncoder().encode(markdown);
      const tokens = estimateTokens(markdown);
      recorder?.(content, tokens);
      return { kind: "replace", reason: "converted", content, ...made(tokens) };
    },
  };
}
