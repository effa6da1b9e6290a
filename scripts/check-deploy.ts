// Run by `wrangler deploy` and `wrangler dev` (`build.command`): refuses rules with faults before they
// are bundled into the Worker, and writes the documents that they name to rules/documents.jsonc. --features FILE names the module with the list of features, if the Worker
// has others than those that come along (docs/features.md).
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { parse } from "jsonc-parser";
import { bindingMismatches } from "../src/rules/bindings.ts";
import { visible } from "../src/rules/fault.ts";
import { readRules } from "../src/rules/load.ts";
import { namedFiles } from "../src/runtime/rules-in-force.ts";
import { readDocument } from "../src/cli/document-file.ts";
import { readFeatures } from "../src/cli/operator-module.ts";

const ROOT = join(import.meta.dirname, "..");
const RULES = "rules/default.jsonc";
const DOCUMENTS = "rules/documents.jsonc";
const bots = read("rules/bots.jsonc");
const { values } = parseArgs({ options: { features: { type: "string" } } });
const features = await readFeatures(values.features);

const texts = [[RULES, read(RULES)] as const, ...variables()];
const faults = texts.flatMap(([place, text]) => faultsIn(place, text));
if (faults.length > 0) {
  console.error(`The Worker is not deployed, since the rules have faults:

${faults.map((fault) => `  ${fault}`).join("\n")}

A running Worker uses the last valid rules. A Worker without valid rules would respond with 503, except for
robots.txt and health, if the faulty rules have a key "access"; otherwise it would forward requests without any rule.
Correct the faults; npm run -s wayleave -- check shows each with its line.
`);
  process.exitCode = 1;
} else bundleDocuments();

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Rules in the variable RULES replace the bundled ones; each environment can have its own. */
function variables(): [place: string, text: string][] {
  interface Configuration {
    readonly vars?: { readonly RULES?: unknown };
    readonly env?: Readonly<Record<string, Configuration>>;
  }
  const config = parse(read("wrangler.jsonc"), [], { allowTrailingComma: true }) as Configuration;
  const all = [["", config], ...Object.entries(config.env ?? {})] as [string, Configuration][];
  return all.flatMap(([name, { vars }]) => {
    const rules = vars?.RULES;
    if (rules === undefined) return [];
    const text = typeof rules === "string" ? rules : JSON.stringify(rules);
    return [[`wrangler.jsonc, variable RULES${name === "" ? "" : ` of ${name}`}`, text]];
  });
}

/** The text of a document beside the rules. */
function documentText(path: string): string | undefined {
  return readDocument(join(ROOT, "rules"), path);
}

/** Writes the documents that the rules name where the Worker's bundle finds them. */
function bundleDocuments(): void {
  const named = new Set(texts.flatMap(([, text]) => namedFiles(text, features).documents));
  const documents = Object.fromEntries([...named].map((path) => [path, documentText(path)]));
  const before = read(DOCUMENTS);
  const [head = ""] = before.split("{", 1);
  const after = `${head}${JSON.stringify(documents, undefined, 2)}\n`;
  if (after !== before) writeFileSync(join(ROOT, DOCUMENTS), after);
}

/** As the Worker reads them: of bot tables, only the one beside the rules is bundled. */
function faultsIn(place: string, text: string): string[] {
  const found = readRules(
    text,
    bots,
    (path) => (path === "./bots.jsonc" ? bots : documentText(path)),
    features,
  );
  if (found.kind === "valid") {
    const mismatches = bindingMismatches(found, read("wrangler.jsonc"));
    for (const { isWrong, warning } of mismatches) {
      if (!isWrong) console.error(`${visible(place)}: warning: ${warning.message}`);
    }
    return mismatches
      .filter(({ isWrong }) => isWrong)
      .map(
        ({ warning: { line, column, message } }) =>
          `${visible(place)}:${line}:${column}: ${message}`,
      );
  }
  const { table = place } = found;
  return found.faults.map(
    ({ line, column, message }) => `${visible(table)}:${line}:${column}: ${message}`,
  );
}
