import type { FeatureList } from "../feature/define.ts";
import { markdownFeature } from "../features/markdown/feature.ts";
import { buffer } from "node:stream/consumers";
import * as v from "valibot";
import { fromMarkdownTarget } from "../http/markdown-url.ts";
import { HtmlDecoder } from "../http/html-decoder.ts";
import { urlOnOrigin } from "../http/target.ts";
import { compileRules } from "../rules/compile.ts";
import { openConversion } from "../features/markdown/convert.ts";
import { engineChooser } from "../features/markdown/engines.ts";
import { pageOptions } from "../features/markdown/page-fields.ts";
import { markdownOptions, type MarkdownPolicy } from "../features/markdown/policy.ts";
import { streamEngine } from "../features/markdown/stream/index.ts";
import { loadRulesFile, readBytes } from "./rules-file.ts";
import { readFeatures } from "./operator-module.ts";
import { checkTurndownRules, turndownBy } from "./turndown.ts";
import { CommandFailure, parseArguments, UsageError, wrongValue, type Command } from "./usage.ts";

const DEFAULT_URL = "http://localhost/";

/** `wayleave markdown`: prints the markdown of a page. */
export const markdown: Command = {
  summary: "prints the markdown that the proxy would serve for a page",
  help: `wayleave markdown [--rules FILE] [--url BASE] [--turndown FILE]
                  [--features FILE] [FILE]

Prints the markdown that the proxy would serve for this HTML, byte for byte.
FILE is a page; without FILE, the command reads standard input.

  --rules FILE     the rules whose options for the page apply (default: the built-in options)
  --url BASE       the URL of the page, against which its links resolve (default: ${DEFAULT_URL})
  --turndown FILE  a module with turndown rules, as for start
  --features FILE  a module with the list of features (docs/features.md)
`,
  async run({ argv, input, out }) {
    const { values, positionals } = parseArguments(argv, {
      rules: { type: "string" },
      url: { type: "string", default: DEFAULT_URL },
      turndown: { type: "string" },
      features: { type: "string" },
    });
    const [file, ...more] = positionals;
    if (more.length > 0) throw new UsageError("give one file");
    const page = pageUrl(values.url);
    const policy = policyFor(page, values.rules, await readFeatures(values.features));
    if (policy === undefined) {
      throw new CommandFailure(`the rules switch markdown off for ${page.href}`);
    }
    const html = file === undefined ? await buffer(input) : readBytes(file);
    // The proxy knows the length of a file in advance, and that of a stream only at its end.
    if (file !== undefined && html.length > policy.maxBytes) {
      throw new CommandFailure(
        `the page has more than ${policy.maxBytes} bytes; the proxy would serve it as HTML`,
      );
    }
    const isXml = file !== undefined && /\.(?:xhtml|xht)$/i.test(file);
    await checkTurndownRules(values.turndown);
    const engineOf = engineChooser(streamEngine, turndownBy({ file: values.turndown }));
    const conversion = openConversion(
      (await engineOf(policy)).open(pageOptions(page, policy)),
      new HtmlDecoder(undefined, isXml),
      policy.maxBytes,
    );
    out((await conversion.push(html)) + (await conversion.end()));
    return 0;
  },
};

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
    agent: { kind: "anonymous" },
  })(markdownFeature.key);
  return mode === "enforce" ? (policy as MarkdownPolicy) : undefined;
}
