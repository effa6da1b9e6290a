import type { Fields } from "../../http/fields.ts";
import type { FinalOutcome, OwnResponse } from "../../pipeline/stage.ts";
import { problem } from "../../http/problem.ts";
import { inTurns } from "../../timing/turns.ts";
import { originMarkdown } from "./decide.ts";
import type { PageHead } from "./page-head.ts";
import type { HeadFacts } from "./body-finder.ts";
import { directiveText, injection } from "./directive.ts";
import { pageFields } from "./page-fields.ts";
import type { MarkdownPolicy } from "./policy.ts";
import type { MarkdownReason } from "./reasons.ts";

/** The page as HTML, with links to its markdown. @param alternate gets the page's own markdown */
export function asPage(
  reason: "html-preferred" | "too-large" | "over-budget" | "script-only",
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

/** Seconds in Retry-After for a network that has used up its budget. */
const LATER = 5;

/** The problem document for a network that has used up its budget. */
export function laterProblem(accept: string | undefined): OwnResponse {
  const detail =
    "The proxy converted too many pages for this network. The page is available as HTML.";
  return problem("not-ready", detail, accept, [["retry-after", String(LATER)]]);
}
