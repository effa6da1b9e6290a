import type { Attributes } from "./attributes.ts";
import { languageOfClass } from "./code.ts";

/** Classes of elements beside the content: links to headings, copy buttons, line numbers. */
const FURNITURE = new Set(
  (
    "headerlink permalink anchor-link hash-link header-anchor anchorjs-link heading-anchor heading-link " +
    "copy copybtn copy-btn btn-copy copy-button button-copy copybutton copy-code copy-code-button " +
    "code-copy clipboard clipboard-button btn-clipboard zeroclipboard-container " +
    "linenos lineno linenodiv line-numbers line-numbers-rows gutter lnt ln hljs-ln-numbers blob-num " +
    "rouge-gutter gl react-syntax-highlighter-line-number linenumber " +
    "skip-link skip-to-content skiplink mw-editsection mw-jump-link MathJax_Preview MJX_Assistive_MathML"
  ).split(" "),
);
const NOTE =
  /(?:^|[\s_-])(?:note|tip|warning|caution|danger|important|admonition|footnote|footnote-list|callout|alert|info|hint)(?:[\s_-]|$)/i;
const MATH = /math|katex|tex|formula|equation/i;
const ROLES = new Set(
  "navigation search banner contentinfo complementary menu menubar tablist".split(" "),
);
const HIDING_STYLE = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;

export interface ClassTraits {
  readonly isFurniture: boolean;
  readonly isNote: boolean;
  /** Whether it may be a formula. */
  readonly isMath: boolean;
  /** The language of code that the class names. */
  readonly language: string;
}

const NO_TRAITS: ClassTraits = { isFurniture: false, isNote: false, isMath: false, language: "" };
const LONGEST_CLASS = 1000;

/** What a class says about its element. */
export function traitsOfClass(className: string, isNumbered: boolean): ClassTraits {
  if (className === "" || className.length > LONGEST_CLASS) return NO_TRAITS;
  const names = className.split(/\s+/u);
  // `line-numbers` on a code block says that it has numbers, not that it is one.
  const isFurniture = names.some(
    (name) => FURNITURE.has(name) && !(isNumbered && /^(?:line-?num|copy$|gl$|ln$)/.test(name)),
  );
  return {
    isFurniture,
    isNote: NOTE.test(className),
    isMath: MATH.test(className),
    language: languageOfClass(className),
  };
}

/** Whether an element is marked to be left out of markdown. */
export function isMarkedToIgnore(attributes: Attributes): boolean {
  return attributes.has("data-markdown-ignore") || attributes.has("data-wayleave-directive");
}

/** Whether a page hides an element. */
export function isHidden(attributes: Attributes): boolean {
  // Wikipedia hides a formula's MathML and shows an image of it.
  if (attributes.get("class")?.startsWith("mwe-math-mathml") === true) return false;
  const hidden = attributes.get("hidden");
  if (hidden !== undefined && hidden !== "until-found") return true;
  if (attributes.get("aria-hidden") === "true") return true;
  const style = attributes.get("style");
  return style !== undefined && HIDING_STYLE.test(style.slice(0, 2000));
}

/** Whether the landmark role of an element says that it is not content. */
export function isApart(attributes: Attributes): boolean {
  const role = attributes.get("role");
  return role !== undefined && ROLES.has(role);
}

/** Whether an element is a dialog that is not a part of the page, or not open. */
export function isDialog(name: string, attributes: Attributes): boolean {
  if (name === "dialog") return !attributes.has("open");
  const role = attributes.get("role");
  return role === "dialog" || role === "alertdialog";
}
