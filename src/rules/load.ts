import { mergeBots, type Bot } from "../agent/bots.ts";
import type { FeatureList } from "../feature/define.ts";
import type { Places } from "./places.ts";
import { quote, type Fault } from "./fault.ts";
import { parseBots, parseRules, parseValidBots } from "./parse.ts";
import type { RulesFile } from "./schema.ts";
import { withDocumentTexts } from "./site-documents.ts";

/** Returns the text of a file that rules name, as a document or a bot table; undefined if there is none. */
export type ReadNamed = (path: string, folder?: "documents" | "rules") => string | undefined;

/** Rules without faults, and their bot table. */
export interface LoadedRules {
  readonly rules: RulesFile;
  readonly bots: readonly Bot[];
  /** The features that the rules may mention, in pipeline order. */
  readonly features: FeatureList;
}

/** The rules and their bot table, or the faults of the first file that has faults. */
export type ReadRules =
  | ({ readonly kind: "valid"; readonly places: Places } & LoadedRules)
  | {
      readonly kind: "faulty";
      /** The path of the faulty bot table in the rules; undefined if the rules file is faulty. */
      readonly table?: string;
      readonly faults: readonly Fault[];
    };

/** Thrown if a rules file or bot table can't be used; each fault names its place. */
export class RulesError extends Error {
  override readonly name = "RulesError";
  readonly faults: readonly Fault[];

  constructor(file: string, faults: readonly Fault[]) {
    super(
      faults.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join("\n"),
    );
    this.faults = faults;
  }
}

/**
 * Reads rules, and the bot table and documents that they name. Throws a RulesError if the built-in
 * table has faults.
 *
 * @param builtInBots text of the built-in table
 * @param readFile returns the text of a file that the rules name; undefined if it does not exist
 * @param features the features that rules may mention: `FEATURES`, or a list with your own
 */
export function readRules(
  text: string,
  builtInBots: string,
  readFile: ReadNamed,
  features: FeatureList,
): ReadRules {
  const parsed = parseRules(text, features);
  if (parsed.kind === "faulty") return parsed;
  const { places } = parsed;
  const { rules, faults } = withDocumentTexts(parsed.value, places, features, readFile);
  if (faults.length > 0) return { kind: "faulty", faults };
  const valid = (bots: readonly Bot[]): ReadRules => {
    return { kind: "valid", rules, places, features, bots };
  };
  const builtIn = readBuiltIn(builtInBots);
  const named = rules.agents.bots;
  if (named === undefined) return valid(builtIn);
  if (typeof named !== "string") return valid(mergeBots(builtIn, named));
  const table = readFile(named);
  if (table === undefined) {
    const place = places.value(["agents", "bots"]);
    const message = `there is no bot table at ${quote(named)}`;
    const fault: Fault = { pointer: "/agents/bots", ...place, code: "invalid-value", message };
    return { kind: "faulty", faults: [fault] };
  }
  const over = parseBots(table);
  if (over.kind === "faulty") return { ...over, table: named };
  return valid(mergeBots(builtIn, over.value));
}

/** The built-in table; throws a RulesError with every fault if it has some. */
function readBuiltIn(text: string): readonly Bot[] {
  const bots = parseValidBots(text);
  if (bots !== undefined) return bots;
  const read = parseBots(text);
  if (read.kind === "faulty") throw new RulesError("the built-in bot table", read.faults);
  return read.value;
}

/** Reads rules as `readRules` does. Throws a RulesError if they have faults. */
export function loadRules(
  text: string,
  file: string,
  builtInBots: string,
  readFile: ReadNamed,
  features: FeatureList,
): LoadedRules {
  const read = readRules(text, builtInBots, readFile, features);
  if (read.kind === "faulty") throw new RulesError(read.table ?? file, read.faults);
  return { rules: read.rules, bots: read.bots, features };
}
