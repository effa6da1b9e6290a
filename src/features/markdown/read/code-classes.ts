/** The role that a class gives to a part of code that is laid out. */
export interface CodeTraits {
  /** An element that is code as a whole, laid out by tables, lists or divs. */
  readonly isContainer: boolean;
  /** A line of code. */
  readonly isLine: boolean;
  /** Numbers of lines. */
  readonly isNumber: boolean;
  /** A toolbar, a copy button, a label, a second copy of the code. */
  readonly isTool: boolean;
  /** A diagram's source. */
  readonly isMermaid: boolean;
  /** An element that may be around one block of code and its labels. */
  readonly isWrapper: boolean;
}

const WRAPPER =
  /(?:^|[\s_-])(?:code|codeblock|highlight|highlighter|snippet|prism|language|shiki|syntax|listing|terminal)(?:[\s_-]|$)/i;

const CONTAINERS = new Set(
  (
    "syntaxhighlighter crayon-syntax urvanov-syntax-highlighter-syntax wp_syntax geshi mw-geshi CodeMirror-code " +
    "cm-editor view-lines ace_text-layer react-code-lines blob-wrapper"
  ).split(" "),
);
const LINES = new Set(
  (
    "line code-line token-line ec-line crayon-line urvanov-syntax-highlighter-line CodeMirror-line cm-line view-line " +
    "ace_line react-file-line react-code-line-contents highlight-line hljs-ln-line codeline code__line cl-line " +
    "source-line LineOfCode li1 li2 L0 L1 L2 L3 L4 L5 L6 L7 L8 L9"
  ).split(" "),
);
const NUMBERS = new Set(
  (
    "linenos lineno linenodiv line-numbers line-numbers-rows line-number line_number line_numbers linenumber " +
    "linenumbers lines-num lnt ln hljs-ln-numbers blob-num rouge-gutter gl gutter crayon-nums crayon-num " +
    "urvanov-syntax-highlighter-nums react-line-number react-syntax-highlighter-line-number diff-line-num " +
    "CodeMirror-linenumber CodeMirror-gutter-wrapper CodeMirror-gutters cm-gutters ace_gutter number lineNumber"
  ).split(" "),
);
const TOOLS = new Set(
  (
    "toolbar crayon-toolbar crayon-info crayon-plain-wrap urvanov-syntax-highlighter-toolbar " +
    "urvanov-syntax-highlighter-plain-wrap gist-meta copy copybtn copy-btn btn-copy copy-button button-copy " +
    "clipboard code-copy code-header code-block-header code-lang lang language-label code-label " +
    "zeroclipboard-container theCode"
  ).split(" "),
);

/** The traits of a class that says nothing about code. */
export const NO_TRAITS: CodeTraits = {
  isContainer: false,
  isLine: false,
  isNumber: false,
  isTool: false,
  isMermaid: false,
  isWrapper: false,
};
const LONGEST = 500;
/** Parts of all names above: most classes have none of them. */
const HINT =
  /code|crayon|urvanov|syntax|geshi|cm-|view|ace_|blob|lin|\bli\d|\bL\d|\bln|\bgl\b|gutter|num|tool|cop|clip|lang|gist|mermaid|snippet|prism|shiki|listing|terminal|highlight/i;

/** The facts of a class about code. */
export function codeTraitsOf(className: string): CodeTraits {
  if (className.length > LONGEST || !HINT.test(className)) return NO_TRAITS;
  const names = className.split(/\s+/u);
  const has = (set: ReadonlySet<string>): boolean => names.some((name) => set.has(name));
  const traits = {
    isContainer: has(CONTAINERS),
    isLine: has(LINES),
    isNumber: has(NUMBERS),
    isTool: has(TOOLS),
    isMermaid: names.includes("mermaid"),
    isWrapper: WRAPPER.test(className),
  };
  return Object.values(traits).includes(true) ? traits : NO_TRAITS;
}
