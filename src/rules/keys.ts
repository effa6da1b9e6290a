import type { Node } from "jsonc-parser";
import type * as v from "valibot";
import { pointerTo, position, type Fault } from "./fault.ts";
import { NOT_YET, rulesSchema } from "./schema.ts";
import { nearest } from "./suggest.ts";

/** What of a valibot schema tells which keys it takes. */
interface SchemaShape {
  readonly type: string;
  readonly entries?: Record<string, v.GenericSchema>;
  readonly item?: v.GenericSchema;
  readonly options?: readonly unknown[];
  readonly wrapped?: v.GenericSchema;
}

/**
 * Every key of a rules file that is unknown or doubled, and every array in an object's place: valibot
 * names one unknown key of an object only, and takes arrays for objects.
 */
export function findKeyFaults(root: Node, text: string): Fault[] {
  const faults: Fault[] = [];
  const add = (node: Node, pointer: string, code: Fault["code"], message: string): void => {
    faults.push({ pointer, ...position(text, node.offset), code, message });
  };
  visit(root, [rulesSchema], "", add);
  return faults;
}

function visit(
  node: Node,
  schemas: readonly SchemaShape[],
  pointer: string,
  add: (node: Node, pointer: string, code: Fault["code"], message: string) => void,
): void {
  const items = schemas.flatMap(({ item }) => (item === undefined ? [] : unfold(item)));
  const objects = schemas.flatMap(({ entries }) => (entries === undefined ? [] : [entries]));
  if (node.type === "array" && objects.length > 0 && items.length === 0) {
    add(node, pointer, "invalid-value", "expected an object");
  } else if (node.type === "array") {
    node.children?.forEach((child, i) => visit(child, items, pointerTo(pointer, i), add));
  } else if (node.type === "object" && objects.length > 0) {
    const seen = new Set<string>();
    for (const { children: [keyNode, value] = [] } of node.children ?? []) {
      if (keyNode === undefined) continue;
      const key = String(keyNode.value);
      const at = pointerTo(pointer, key);
      if (seen.has(key)) {
        add(keyNode, at, "duplicate-key", `the key ${JSON.stringify(key)} is there already`);
      }
      seen.add(key);
      const takers = objects.filter((entries) => Object.hasOwn(entries, key));
      if (takers.length === 0) {
        const known = objects.flatMap((entries) => Object.keys(entries));
        add(keyNode, at, ...describeUnknown(key, known));
      } else if (value !== undefined) {
        const next = takers.flatMap((entries) => unfold(entries[key] as v.GenericSchema));
        visit(value, next, at, add);
      }
    }
  }
}

/** The schemas behind wrappers (optional, union). */
function unfold(schema: v.GenericSchema): SchemaShape[] {
  const { wrapped, options } = schema as SchemaShape;
  if (wrapped !== undefined) return unfold(wrapped);
  if (schema.type === "union" && options !== undefined) {
    return (options as v.GenericSchema[]).flatMap(unfold);
  }
  return [schema];
}

function describeUnknown(key: string, known: readonly string[]): [Fault["code"], string] {
  const quoted = JSON.stringify(key);
  if (NOT_YET.has(key)) return ["not-available", `${quoted} is not available in this version`];
  const suggestion = nearest(key, known);
  const hint = suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
  return ["unknown-key", `unknown key ${quoted}${hint}`];
}
