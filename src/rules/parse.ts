import {
  findNodeAtLocation,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from "jsonc-parser";
import * as v from "valibot";
import { NOT_YET, rulesSchema, type RulesFile } from "./schema.ts";
import { nearest } from "./suggest.ts";

/** Something wrong in a rules file. */
export interface Fault {
  /** JSON pointer (RFC 6901) of the value, or of the key that should not be there. */
  readonly pointer: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly code: "syntax" | "unknown-key" | "not-available" | "missing-key" | "invalid-value";
  readonly message: string;
}

export type ParsedRules =
  | { readonly kind: "valid"; readonly rules: RulesFile }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] };

/** Parses a rules file (JSON with comments); every fault at once. */
export function parseRules(text: string): ParsedRules {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (root === undefined || errors.length > 0) {
    const faults = errors.map(({ error, offset }): Fault => {
      const message = printParseErrorCode(error)
        .replace(/([a-z])([A-Z])/g, "$1 $2")
        .toLowerCase();
      const { line, column } = position(text, offset);
      return { pointer: "", line, column, code: "syntax", message };
    });
    if (faults.length > 0) return { kind: "faulty", faults };
    const fault: Fault = {
      pointer: "",
      line: 1,
      column: 1,
      code: "syntax",
      message: "the file is empty",
    };
    return { kind: "faulty", faults: [fault] };
  }
  const parsed = v.safeParse(rulesSchema, toValue(root));
  if (parsed.success) return { kind: "valid", rules: parsed.output };
  return { kind: "faulty", faults: parsed.issues.flatMap((issue) => toFaults(issue, root, text)) };
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

function toFaults(issue: v.GenericIssue, root: Node, text: string): Fault[] {
  // A feature is a union: what is wrong inside its object says more than "no member fits".
  if (issue.type === "union" && issue.issues !== undefined) {
    const inner = issue.issues.filter(({ path }) => (path?.length ?? 0) > 0);
    if (inner.length > 0) {
      const prefix = issue.path ?? [];
      return inner.flatMap((each) => toFaults(withPrefix(each, prefix), root, text));
    }
  }
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const pointer = path.map((key) => `/${escapePointer(String(key))}`).join("");
  const last = issue.path?.at(-1);
  const isKeyIssue = issue.type === "strict_object" && last !== undefined;
  const missing = isKeyIssue && issue.received === "undefined";
  const node = missing
    ? findNodeAtLocation(root, path.slice(0, -1))
    : (keyNode(root, path, isKeyIssue) ?? findNodeAtLocation(root, path));
  const where = position(text, node?.offset ?? 0);
  if (missing) {
    return [
      {
        pointer,
        ...where,
        code: "missing-key",
        message: `missing key ${JSON.stringify(last.key)}`,
      },
    ];
  }
  if (isKeyIssue) return [unknownKey(String(last.key), last, pointer, where)];
  const expected =
    issue.type === "union" ? describeUnion(issue) : (issue.expected ?? issue.message);
  const message = issue.expected === null ? issue.message : `expected ${expected}`;
  return [{ pointer, ...where, code: "invalid-value", message }];
}

function describeUnion(issue: v.GenericIssue): string {
  return (issue.expected ?? "another value")
    .replaceAll("Object", "an object")
    .replaceAll("(", "")
    .replaceAll(")", "");
}

function withPrefix(issue: v.GenericIssue, prefix: readonly v.IssuePathItem[]): v.GenericIssue {
  const path = [...prefix, ...(issue.path ?? [])] as [v.IssuePathItem, ...v.IssuePathItem[]];
  return { ...issue, path };
}

function unknownKey(
  key: string,
  { input }: v.IssuePathItem,
  pointer: string,
  where: { line: number; column: number },
): Fault {
  if (NOT_YET.has(key)) {
    const message = `${JSON.stringify(key)} is not available in this version`;
    return { pointer, ...where, code: "not-available", message };
  }
  const known = knownKeys(pointer, input);
  const suggestion = nearest(key, known);
  const hint = suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
  return {
    pointer,
    ...where,
    code: "unknown-key",
    message: `unknown key ${JSON.stringify(key)}${hint}`,
  };
}

/** The keys that the schema takes where a pointer's last key stands. */
function knownKeys(pointer: string, _input: unknown): string[] {
  let schemas: v.GenericSchema[] = [rulesSchema];
  for (const key of pointer.split("/").slice(1, -1))
    schemas = schemas.flatMap((each) => step(each, key));
  return schemas.flatMap((schema) => Object.keys(entriesOf(schema) ?? {}));
}

interface SchemaShape {
  readonly entries?: Record<string, v.GenericSchema>;
  readonly item?: v.GenericSchema;
  readonly options?: readonly unknown[];
  readonly wrapped?: v.GenericSchema;
}

/** The schemas that a key leads to, wrappers (optional, union) unfolded. */
function step(schema: v.GenericSchema, key: string): v.GenericSchema[] {
  const { entries, item } = schema as SchemaShape;
  const next = entries?.[key] ?? (/^\d+$/.test(key) ? item : undefined);
  return next === undefined ? [] : unfold(next);
}

function unfold(schema: v.GenericSchema): v.GenericSchema[] {
  const { wrapped, options } = schema as SchemaShape;
  if (wrapped !== undefined) return unfold(wrapped);
  if (schema.type === "union" && options !== undefined) {
    return (options as v.GenericSchema[]).flatMap(unfold);
  }
  return [schema];
}

function entriesOf(schema: v.GenericSchema): Record<string, v.GenericSchema> | undefined {
  return (schema as SchemaShape).entries;
}

/** The key itself in the text, where an unknown key is the fault. */
function keyNode(
  root: Node,
  path: readonly (string | number)[],
  wanted: boolean,
): Node | undefined {
  if (!wanted) return undefined;
  const parent = findNodeAtLocation(root, path.slice(0, -1));
  return parent?.children?.find(({ children }) => children?.[0]?.value === path.at(-1))
    ?.children?.[0];
}

function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
