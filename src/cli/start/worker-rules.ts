import { getNodeValue } from "jsonc-parser";
import type { Bot } from "../../agent/bots.ts";
import { isObject } from "../../http/json.ts";
import { parseDocument } from "../../rules/document.ts";
import type { RulesFile } from "../../rules/schema.ts";

/**
 * The text of rules for a Worker, which has no files: as written, with the whole bot table and the
 * texts of documents. Parsed rules would not do, since their defaults may be no options.
 *
 * @param written the text of the rules file, without faults
 */
export function workerRules(written: string, rules: RulesFile, bots: readonly Bot[]): string {
  const { root } = parseDocument(written);
  const value: unknown = root && getNodeValue(root);
  const given = isObject(value) ? value : {};
  const agents = isObject(given["agents"]) ? given["agents"] : {};
  const hasDocuments = Object.keys(rules.documents).length > 0;
  return JSON.stringify({
    ...given,
    agents: { ...agents, bots },
    ...(hasDocuments && { documents: rules.documents }),
  });
}
