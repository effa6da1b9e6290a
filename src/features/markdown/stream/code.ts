/** The length of the longest run of backticks in a text. */
function longestRun(text: string): number {
  let longest = 0;
  let at = text.indexOf("`");
  while (at >= 0) {
    let end = at + 1;
    while (text.charCodeAt(end) === 96) end += 1;
    if (end - at > longest) longest = end - at;
    at = text.indexOf("`", end);
  }
  return longest;
}

/** A code span whose content is exactly the text (CommonMark §6.1). */
export function codeSpan(text: string, isInCell: boolean): string {
  if (isInCell && text.includes("\\|")) {
    // In a table cell, GFM can't write a backslash before a pipe in a code span.
    const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    return `<code>${escaped.replaceAll("\\", "&#92;").replaceAll("|", "&#124;")}</code>`;
  }
  const fence = "`".repeat(longestRun(text) + 1);
  const isEdgeTick = text.startsWith("`") || text.endsWith("`");
  const isPadded = text.startsWith(" ") && text.endsWith(" ") && text.trim() !== "";
  const pad = isEdgeTick || isPadded ? " " : "";
  return fence + pad + text + pad + fence;
}

/** A fenced code block that no line of the text can end (CommonMark §4.5). */
export function fencedCode(text: string, language: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${fence}`;
}

const LONGEST_TAIL = 4096;

/** A code block in progress. */
export class CodeBlock {
  language: string;
  #text = "";
  #tail = "";

  constructor(language: string) {
    this.language = language;
  }

  append(text: string): void {
    this.#tail += text;
    if (this.#tail.length < LONGEST_TAIL) return;
    // A slice joins the many strings to one, which uses less memory.
    this.#text += this.#tail.slice(0, -1);
    this.#tail = this.#tail.slice(-1);
  }

  endLine(): void {
    if (this.#tail !== "" && !this.#tail.endsWith("\n")) this.append("\n");
  }

  /** The code without the first line feed (HTML §13.2.6.4.7) and without empty lines at the end. */
  get content(): string {
    let text = this.#text + this.#tail;
    if (text.includes("\r")) text = text.replaceAll(/\r\n?/g, "\n");
    if (text.includes("\0")) text = text.replaceAll("\0", "");
    if (text.includes("\u00a0")) text = text.replaceAll("\u00a0", " ");
    return (text.startsWith("\n") ? text.slice(1) : text).trimEnd();
  }
}

const NO_LANGUAGE = new Set("none text txt plain plaintext default notranslate auto".split(" "));
const RENAMED = new Map([
  ["python3", "python"],
  ["pycon3", "pycon"],
  ["ipython3", "python"],
  ["source-js", "js"],
]);
const PREFIXES = "language- lang- highlight-source- highlight-text- highlight- src- brush:".split(
  " ",
);
/** Classes of highlighters beside which a bare class names the language. */
const MARKS = new Set(["sourceCode", "hljs", "rust", "brush:", "programlisting", "src"]);
const HINT = /lang|highlight|src|brush|hljs|sourceCode|rust|programlisting/;
const NAME = /^[\w+#.-]{1,30}$/;

function clean(name: string): string {
  const language = name.toLowerCase().replace(/;$/, "");
  if (!NAME.test(language) || NO_LANGUAGE.has(language)) return "";
  return RENAMED.get(language) ?? language;
}

/** The language that a class attribute names, or the empty string. */
export function languageOfClass(className: string): string {
  if (className.length > 500 || !HINT.test(className)) return "";
  const names = className.split(/\s+/u);
  for (const prefix of PREFIXES) {
    for (const name of names) {
      if (name.length > prefix.length && name.startsWith(prefix)) {
        const language = clean(name.slice(prefix.length));
        if (language !== "" && language !== "highlight") return language;
      }
    }
  }
  const mark = names.findIndex((name) => MARKS.has(name));
  if (mark < 0) return "";
  if (names[mark] === "rust") return "rust";
  const other = names[mark + 1] ?? (names[mark] === "hljs" ? names[mark - 1] : undefined);
  return other === undefined || MARKS.has(other) ? "" : clean(other);
}
