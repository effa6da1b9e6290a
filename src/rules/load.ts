import { parse, type ParseError } from "jsonc-parser";
import * as v from "valibot";
import { botSchema, mergeBots, type Bot } from "../agent/bots.ts";
import { parseRules, syntaxFaults, type Fault } from "./parse.ts";
import type { RulesFile } from "./schema.ts";

/** Rules that can be put to work. */
export interface LoadedRules {
  readonly rules: RulesFile;
  readonly bots: readonly Bot[];
}

/** Thrown where a rules file or bot table can't be used; each fault names its place. */
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
 * Loads rules and the bot table that they name.
 *
 * @param builtInBots text of the built-in table
 * @param readBots gives the text of a bot file named in the rules; undefined where there is none
 */
export function loadRules(
  text: string,
  file: string,
  builtInBots: string,
  readBots: (path: string) => string | undefined,
): LoadedRules {
  const parsed = parseRules(text);
  if (parsed.kind === "faulty") throw new RulesError(file, parsed.faults);
  const { rules } = parsed;
  const builtIn = parseBots(builtInBots, "the built-in bot table");
  const named = rules.agents.bots;
  if (named === undefined) return { rules, bots: builtIn };
  if (typeof named !== "string") return { rules, bots: mergeBots(builtIn, named) };
  const over = readBots(named);
  if (over === undefined) throw new RulesError(file, [unreadable(named)]);
  return { rules, bots: mergeBots(builtIn, parseBots(over, named)) };
}

function parseBots(text: string, file: string): Bot[] {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  // The parser goes on after an error: half a table must not pass for a whole one.
  if (errors.length > 0) throw new RulesError(file, syntaxFaults(errors, text));
  const parsed = v.safeParse(v.array(botSchema), value);
  if (parsed.success) return parsed.output;
  throw new RulesError(
    file,
    parsed.issues.map((issue) => {
      const pointer = (issue.path ?? []).map(({ key }) => `/${String(key)}`).join("");
      const message = `${pointer}: ${issue.message}`;
      return { pointer, line: 1, column: 1, code: "invalid-value", message };
    }),
  );
}

function unreadable(path: string): Fault {
  const message = `no bot table at ${JSON.stringify(path)}`;
  return { pointer: "/agents/bots", line: 1, column: 1, code: "invalid-value", message };
}
