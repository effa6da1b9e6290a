import {
  findNodeAtLocation,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from "jsonc-parser";
import * as v from "valibot";
import { pointerTo, position, type Fault } from "./fault.ts";
import { findKeyFaults } from "./keys.ts";
import { rulesSchema, type RulesFile } from "./schema.ts";

export type { Fault } from "./fault.ts";

export type ParsedRules =
  | { readonly kind: "valid"; readonly rules: RulesFile }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] };

/** Parses a rules file (JSON with comments); every fault at once, in the order of the text. */
export function parseRules(file: string): ParsedRules {
  const text = file.replace(/^\uFEFF/, "");
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (root === undefined || errors.length > 0) {
    const faults = syntaxFaults(errors, text);
    if (faults.length > 0) return { kind: "faulty", faults };
    const message = "the file is empty";
    return {
      kind: "faulty",
      faults: [{ pointer: "", line: 1, column: 1, code: "syntax", message }],
    };
  }
  const faults = findKeyFaults(root, text);
  const parsed = v.safeParse(rulesSchema, toValue(root));
  if (parsed.success && faults.length === 0) return { kind: "valid", rules: parsed.output };
  for (const issue of (parsed.issues ?? []).flatMap(leaves)) {
    if (!isUnknownKey(issue)) faults.push(toFault(issue, root, text));
  }
  faults.sort((a, b) => a.line - b.line || a.column - b.column);
  return { kind: "faulty", faults };
}

/** What is wrong in a bot table or rules file as JSON. */
export function syntaxFaults(errors: readonly ParseError[], text: string): Fault[] {
  return errors.map(({ error, offset }) => {
    const message = printParseErrorCode(error)
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase();
    return { pointer: "", ...position(text, offset), code: "syntax", message };
  });
}

/** The value of a node, without a prototype for a key to reach. */
function toValue(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(toValue);
  if (node.type !== "object") return node.value as unknown;
  const object: Record<string, unknown> = {};
  for (const { children } of node.children ?? []) {
    const [key, value] = children ?? [];
    if (key === undefined || value === undefined) continue;
    Object.defineProperty(object, String(key.value), {
      value: toValue(value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

/** A feature is a union: what is wrong inside its object says more than "no member fits". */
function leaves(issue: v.GenericIssue): v.GenericIssue[] {
  const inner = issue.type === "union" ? (issue.issues ?? []) : [];
  const deeper = inner.filter(({ path }) => (path?.length ?? 0) > 0);
  if (deeper.length === 0) return [issue];
  return deeper.map((each) => withPrefix(each, issue.path ?? [])).flatMap(leaves);
}

function withPrefix(issue: v.GenericIssue, prefix: readonly v.IssuePathItem[]): v.GenericIssue {
  const path = [...prefix, ...(issue.path ?? [])] as [v.IssuePathItem, ...v.IssuePathItem[]];
  return { ...issue, path };
}

function isMissingKey(issue: v.GenericIssue): boolean {
  return issue.type === "strict_object" && issue.received === "undefined" && hasPath(issue);
}

/** An unknown key, or an array that was taken for an object: both are found by the keys' own walk. */
function isUnknownKey(issue: v.GenericIssue): boolean {
  return issue.type === "strict_object" && issue.expected === "never" && hasPath(issue);
}

function hasPath(issue: v.GenericIssue): boolean {
  return issue.path !== undefined;
}

function toFault(issue: v.GenericIssue, root: Node, text: string): Fault {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const pointer = path.reduce<string>(pointerTo, "");
  const at = (where: (string | number)[]) =>
    position(text, findNodeAtLocation(root, where)?.offset ?? 0);
  if (isMissingKey(issue)) {
    const message = `missing key ${JSON.stringify(path.at(-1))}`;
    return { pointer, ...at(path.slice(0, -1)), code: "missing-key", message };
  }
  return { pointer, ...at(path), code: "invalid-value", message: describe(issue) };
}

function describe(issue: v.GenericIssue): string {
  if (issue.expected === null) return issue.message;
  if (issue.type === "min_length" && issue.expected === ">=1") return "must not be empty";
  if (issue.type !== "union") return `expected ${issue.expected}`;
  const expected = issue.expected
    .replaceAll("Object", "an object")
    .replaceAll("(", "")
    .replaceAll(")", "");
  return `expected ${expected}`;
}
