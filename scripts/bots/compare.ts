import { compileBots } from "../../src/agent/bot-table.ts";
import type { Bot } from "../../src/agent/bots.ts";
import { isObject } from "../../src/http/json.ts";

/** A name of the list that is neither in the table nor left out on purpose. */
export interface UnknownName {
  readonly name: string;
  readonly operator: string;
  readonly function: string;
}

/** The names of a list, compared with the bot table. */
export interface Comparison {
  readonly known: readonly { readonly name: string; readonly bot: string }[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  readonly unknown: readonly UnknownName[];
}

const IN_AN_EDITOR = "also a word in the User-Agent of an editor, which people use";

/** Names that are no tokens of the table, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  Code: IN_AN_EDITOR,
  Cursor: IN_AN_EDITOR,
  Trae: IN_AN_EDITOR,
  OpenAI: "the name of a company, in the User-Agents of its clients too",
  Operator: "a plain word; the agent is ChatGPT agent now",
  Spider: "a plain word in the User-Agents of many crawlers",
};

/**
 * Compares the names of a list with a bot table. Undefined if the list does not have the shape of
 * ai.robots.txt: an object with an object for each name.
 */
export function compareNames(list: unknown, bots: readonly Bot[]): Comparison | undefined {
  if (!isObject(list) || Array.isArray(list)) return undefined;
  const byName = new Map(bots.map((bot) => [bot.name.toLowerCase(), bot]));
  const table = compileBots(bots);
  const known: { name: string; bot: string }[] = [];
  const leftOut: { name: string; why: string }[] = [];
  const unknown: UnknownName[] = [];
  for (const [name, about] of Object.entries(list)) {
    if (!isObject(about)) return undefined;
    const bot = byName.get(name.toLowerCase()) ?? table.claims(name)[0];
    const why = Object.hasOwn(LEFT_OUT, name) ? LEFT_OUT[name] : undefined;
    if (bot !== undefined) known.push({ name, bot: bot.name });
    else if (why !== undefined) leftOut.push({ name, why });
    else
      unknown.push({ name, operator: text(about["operator"]), function: text(about["function"]) });
  }
  return { known, leftOut, unknown };
}

/** One line of text; links in markdown become their text. */
function text(value: unknown): string {
  if (typeof value !== "string") return "";
  const line = value.slice(0, 200).replaceAll(/[\p{Cc}\s]+/gu, " ");
  return line.replaceAll(/\[([^\][]*)\]\([^()]*\)/g, "$1").trim();
}

/** Writes a comparison for a terminal. */
export function writeComparison({ known, leftOut, unknown }: Comparison): string {
  const count = known.length + leftOut.length + unknown.length;
  return [
    `${count} names: ${known.length} known, ${leftOut.length} left out, ${unknown.length} unknown`,
    ...leftOut.map(({ name, why }) => `left out  ${name}: ${why}`),
    ...unknown.map((each) => `unknown   ${each.name}: ${each.operator}; ${each.function}`),
    "",
  ].join("\n");
}
