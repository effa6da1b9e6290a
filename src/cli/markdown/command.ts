import type { FeatureList } from "../../feature/define.ts";
import { markdownFeature } from "../../features/markdown/feature.ts";
import { buffer } from "node:stream/consumers";
import * as v from "valibot";
import { fromMarkdownTarget } from "../../http/markdown-url.ts";
import { isHtml, isXml, parseMediaType, type MediaType } from "../../http/media-type.ts";
import { HtmlDecoder } from "../../http/html-decoder.ts";
import { urlOnOrigin } from "../../http/target.ts";
import { compileRules } from "../../rules/compile.ts";
import { openConversion } from "../../features/markdown/convert.ts";
import { engineChooser } from "../../features/markdown/engines.ts";
import { pageOptions } from "../../features/markdown/page-fields.ts";
import { markdownOptions, type MarkdownPolicy } from "../../features/markdown/policy.ts";
import { streamEngine } from "../../features/markdown/stream/index.ts";
import { loadRulesFile, readBytes } from "../rules-file.ts";
import { readFeatures } from "../operator-module.ts";
import { checkTurndownRules, turndownBy } from "../turndown.ts";
import { formatExplanation } from "./explanation.ts";
import { CommandFailure, parseArguments, UsageError, wrongValue, type Command } from "../usage.ts";

const DEFAULT_URL = "http://localhost/";

/** `wayleave markdown`: prints the markdown of a page. */
export const markdown: Command = {
  summary: "prints the markdown that the proxy would serve for a page",
  help: `wayleave markdown [--rules FILE] [--url BASE] [--type T] [--engine E]
                  [--turndown FILE] [--features FILE] [--explain] [FILE]

Prints the markdown that the proxy would serve for this HTML, byte for byte.
FILE is a page; without FILE, the command reads standard input.

  --rules FILE     the rules whose options for the page apply (default: the built-in options)
  --url BASE       the URL of the page, against which its links resolve (default: ${DEFAULT_URL})
  --type T         the Content-Type of the page, e.g. 'text/html; charset=shift_jis'
                   (default: application/xhtml+xml for a page that begins with <?xml or is
                   named .xhtml or .xht, else text/html)
  --engine E       stream or turndown (default: as in the rules)
  --turndown FILE  a module with turndown rules, as for start
  --features FILE  a module with the list of features (docs/features.md)
  --explain        also prints, on standard error, what is left out and why

Exit code 1 if the proxy would not serve markdown of the page.
`,
  async run({ argv, input, out, err }) {
    const { values, positionals } = parseArguments(argv, {
      rules: { type: "string" },
      url: { type: "string", default: DEFAULT_URL },
      type: { type: "string" },
      engine: { type: "string" },
      turndown: { type: "string" },
      features: { type: "string" },
      explain: { type: "boolean", default: false },
    });
    const [file, ...more] = positionals;
    if (more.length > 0) throw new UsageError("give one file");
    const page = pageUrl(values.url);
    const engine = readEngine(values.engine);
    const ofRules = policyFor(page, values.rules, await readFeatures(values.features));
    if (ofRules === undefined) {
      throw new CommandFailure(`the rules switch markdown off for ${page.href}`);
    }
    const policy = engine === undefined ? ofRules : { ...ofRules, engine };
    const html = file === undefined ? await buffer(input) : readBytes(file);
    // The proxy knows the length of a file in advance, and that of a stream only at its end.
    if (file !== undefined && html.length > policy.maxBytes) {
      throw new CommandFailure(
        `the page has more than ${policy.maxBytes} bytes; the proxy would serve it as HTML`,
      );
    }
    const type = values.type === undefined ? guessType(html, file) : readType(values.type);
    await checkTurndownRules(values.turndown);
    const engineOf = engineChooser(streamEngine, turndownBy({ file: values.turndown }));
    const options = pageOptions(page, policy, { isXml: isXml(type) });
    const converter = (await engineOf(policy)).open({ ...options, explains: values.explain });
    const decoder = new HtmlDecoder(type.charset, options.isXml);
    const conversion = openConversion(converter, decoder, policy.maxBytes);
    const text = (await conversion.push(html)) + (await conversion.end());
    if (values.explain) err(formatExplanation(converter));
    if (converter.isScriptOnly === true && policy.onScriptOnly !== "notice") {
      const instead = policy.onScriptOnly === "html" ? "serve it as HTML" : "answer 406";
      throw new CommandFailure(`only a script renders the page; the proxy would ${instead}`);
    }
    out(text);
    return 0;
  },
};

function readEngine(text: string | undefined): MarkdownPolicy["engine"] | undefined {
  if (text === undefined || text === "stream" || text === "turndown") return text;
  throw wrongValue("--engine", "stream or turndown", text);
}

function readType(text: string): MediaType {
  const type = parseMediaType(text);
  if (type !== undefined && isHtml(type)) return type;
  throw wrongValue("--type", "text/html or application/xhtml+xml", text);
}

/** The media type of a page that comes without one. */
function guessType(html: Uint8Array, file: string | undefined): MediaType {
  // A byte order mark, and the zeros of UTF-16, may be in between.
  const start = new TextDecoder("latin1").decode(html.subarray(0, 16)).replaceAll("\0", "");
  const isNamed = file !== undefined && /\.(?:xhtml|xht)$/i.test(file);
  const isXhtml = isNamed || /^[\x80-\xff\u0100-\uffff]{0,3}<\?xml/.test(start);
  return { essence: isXhtml ? "application/xhtml+xml" : "text/html", charset: undefined };
}

function pageUrl(text: string): URL {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) {
    throw wrongValue("--url", "an http or https URL", text);
  }
  const url = new URL(text);
  const target = url.pathname + url.search;
  return urlOnOrigin(fromMarkdownTarget(target) ?? target, url);
}

function policyFor(
  page: URL,
  file: string | undefined,
  features: FeatureList,
): MarkdownPolicy | undefined {
  if (file === undefined) return v.parse(markdownOptions, {});
  const { rules } = loadRulesFile(file, features);
  const { mode, policy } = compileRules(rules, features).forRequest({
    method: "GET",
    host: page.host,
    path: page.pathname,
    query: page.search,
    agent: { kind: "anonymous" },
  })(markdownFeature.key);
  return mode === "enforce" ? (policy as MarkdownPolicy) : undefined;
}
