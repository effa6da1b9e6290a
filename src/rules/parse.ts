import * as v from "valibot";
import { botSchema, type Bot } from "../agent/bots.ts";
import type { FeatureList } from "../feature/define.ts";
import { parseJson } from "../http/json.ts";
import { parseDocument } from "./document.ts";
import type { Places } from "./places.ts";
import type { Fault } from "./fault.ts";
import { toFaults } from "./issues.ts";
import { rulesSchemaOf, type RulesFile } from "./schema.ts";
import { shapeOf } from "./shape.ts";
import { ReadValue } from "./value.ts";

/** The content of a file with the places of its parts, or every fault in it, in order. */
export type Parsed<Value> =
  | { readonly kind: "valid"; readonly value: Value; readonly places: Places }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] };

/** Parses a rules file (JSON with comments); reports every fault. */
export function parseRules(text: string, features: FeatureList): Parsed<RulesFile> {
  return parseFile(text, rulesSchemaOf(features));
}

const botsSchema = v.array(botSchema);

/** Parses a bot table (JSON with comments); reports every fault. */
export function parseBots(text: string): Parsed<Bot[]> {
  return parseFile(text, botsSchema);
}

/**
 * Parses a bot table that is most likely valid, such as the built-in one, in a fraction of the time
 * of `parseBots`. Undefined if it has a fault.
 */
export function parseValidBots(text: string): Bot[] | undefined {
  const value = parseJson(
    text.replaceAll(NOT_JSON, (_, string: string | undefined) => string ?? ""),
  );
  const parsed = v.safeParse(botsSchema, value);
  return parsed.success ? parsed.output : undefined;
}

/** A string, which stays; a comment of a line, or a comma before a bracket. */
const NOT_JSON = /("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|,(?=\s*(?:\/\/[^\n]*\n\s*)*[\]}])/g;

/** Parses a file (JSON with comments) by a schema; reports every fault. */
export function parseFile<Schema extends v.GenericSchema>(
  text: string,
  schema: Schema,
): Parsed<v.InferOutput<Schema>> {
  const document = parseDocument(text);
  if (document.root === undefined) return { kind: "faulty", faults: document.faults };
  const shape = shapeOf(schema);
  const read = new ReadValue(document.root, document.place, shape);
  const parsed = v.safeParse(schema, read.value);
  const issues = parsed.success ? [] : parsed.issues;
  const faults = [
    ...document.faults,
    ...read.faults,
    ...issues
      .flatMap((issue) => toFaults(issue, shape, read.places))
      // A misspelt key is not reported as missing too.
      .filter(({ pointer }) => !read.settled.has(pointer)),
  ];
  if (parsed.success && faults.length === 0) {
    return { kind: "valid", value: parsed.output, places: read.places };
  }
  return { kind: "faulty", faults: inOrder(faults) };
}

/** Sorts faults by place and removes duplicates. */
function inOrder(faults: readonly Fault[]): Fault[] {
  const known = new Map(faults.map((fault) => [JSON.stringify(fault), fault]));
  return [...known.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
