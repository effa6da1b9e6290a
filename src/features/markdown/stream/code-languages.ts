/** Names of languages as highlighters write them, and as labels show them. */
const LANGUAGES = new Set(
  (
    "abap actionscript ada antlr apache apex apl applescript arduino asciidoc asm assembly astro autohotkey awk bash bat " +
    "batch bibtex c clojure cmake cobol coffee coffeescript cpp crystal cs csharp css csv cuda d dart delphi diff django " +
    "docker dockerfile dot elisp elixir elm erb erlang fish forth fortran fsharp gherkin git glsl go golang gradle " +
    "graphql groovy haml handlebars haskell hcl hlsl html html4strict html5 http ini java java5 javascript jinja jq js " +
    "json json5 jsonc jsx julia kotlin latex less liquid lisp llvm lua make makefile markdown matlab mdx mermaid mysql " +
    "nasm nginx nim nix objc objective-c objectivec ocaml octave pascal perl pgsql php plsql powershell prolog " +
    "properties protobuf ps1 pug puppet py pycon python qml r racket rb reason rest ruby rust sas sass scala scheme scss " +
    "sh shell shell-session smalltalk solidity sparql sql stylus svelte swift systemverilog tcl terraform tex toml ts " +
    "tsql tsx twig typescript vala vb vbnet verilog vhdl vim vue wasm wgsl xml xquery yaml yml zig zsh"
  ).split(" "),
);
/** Labels and class names whose language has another name. */
const RENAMED = new Map([
  ["c++", "cpp"],
  ["c#", "csharp"],
  ["f#", "fsharp"],
  ["jscript", "javascript"],
  ["java5", "java"],
  ["html4strict", "html"],
  ["html5", "html"],
  ["node", "javascript"],
  ["node.js", "javascript"],
  ["vb.net", "vbnet"],
  ["terminal", "shell"],
  ["console", "console"],
]);
/** Labels of code without a language. */
const PLAIN = new Set(["text", "plain", "plain text", "plaintext", "txt", "code", "output"]);
const COPY =
  /^(?:copy|copied!?|copy (?:code|to clipboard|text|link)|copy code to clipboard|code copied!?|view raw|raw|plain text|expand|collapse|wrap|toggle (?:line numbers|word ?wrap))$/i;

/** The language of that name, for a fence; undefined if it is none. */
export function languageNamed(name: string): string | undefined {
  const lower = name.trim().toLowerCase();
  if (lower.length > 20) return undefined;
  const renamed = RENAMED.get(lower);
  return renamed ?? (LANGUAGES.has(lower) ? lower : undefined);
}

/** Classes beside which a bare class names a language. */
const BESIDE =
  /(?:^|\s)(?:highlight|syntaxhighlighter|geshi|mw-geshi|source|code|prettyprint|chroma|listing|brush:?|EnlighterJSRAW|de1)(?:\s|$)/;
const PREFIXED =
  /(?:^|\s)(?:type-|source-|language-|lang-|mw-highlight-lang-|code-|brush:\s?)([\w+#-]{1,20})/g;

/** The language that a class attribute names in one of the ways of code that is laid out. */
export function languageInClass(className: string): string {
  if (className === "" || className.length > 500) return "";
  for (const [, name = ""] of className.matchAll(PREFIXED)) {
    const language = languageNamed(name);
    if (language !== undefined) return language;
  }
  const names = className.split(/\s+/u).filter(Boolean);
  // A class of one word is the language in GeSHi's `<pre class="php">`.
  if (!BESIDE.test(className) && names.length > 1) return "";
  for (const name of names) {
    const language = languageNamed(name.replace(/;$/, ""));
    if (language !== undefined) return language;
  }
  return "";
}

/** What a short text beside code is: a label of its language, of a control, or something else. */
export function labelOf(text: string): { readonly language: string } | undefined {
  if (COPY.test(text)) return { language: "" };
  const lower = text.toLowerCase();
  if (PLAIN.has(lower)) return { language: "" };
  const language = languageNamed(lower);
  return language === undefined ? undefined : { language };
}
