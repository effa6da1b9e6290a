import type * as v from "valibot";
import { quote, type PathStep } from "./fault.ts";

/** The properties of valibot's schemas that this file reads, for any kind of schema. */
interface AnySchema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly item?: v.GenericSchema;
  readonly wrapped?: v.GenericSchema;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
}

/** The schemas that a value may fit: the members of a union, without their wrappers. */
export type Shape = readonly v.GenericSchema[];

/** The shape of a schema. */
export function shapeOf(schema: v.GenericSchema): Shape {
  const { type, wrapped, options } = schema as AnySchema;
  if (wrapped !== undefined) return shapeOf(wrapped);
  const isUnion = type === "union" || type === "variant";
  return isUnion ? ((options ?? []) as v.GenericSchema[]).flatMap(shapeOf) : [schema];
}

/** The shape of the value at a key or index; empty if none is allowed. */
export function stepInto(shape: Shape, step: PathStep): Shape {
  return shape.flatMap((schema) => {
    const { entries, item } = schema as AnySchema;
    const known = entries !== undefined && Object.hasOwn(entries, step);
    const next = typeof step === "number" ? item : known ? entries[step] : undefined;
    return next === undefined ? [] : shapeOf(next);
  });
}

/** The keys that an object may have; undefined if no object with known keys is allowed. */
export function keysOf(shape: Shape): readonly string[] | undefined {
  const objects = shape.filter(({ type }) => type === "strict_object");
  if (objects.length === 0) return undefined;
  return [...new Set(objects.flatMap((each) => Object.keys((each as AnySchema).entries ?? {})))];
}

/** The strings that are allowed, if the shape lists them; for suggestions. */
export function wordsOf(shape: Shape): readonly string[] {
  const words = shape.flatMap((schema) => {
    const { literal, options, type } = schema as AnySchema;
    return type === "picklist" ? (options ?? []) : [literal];
  });
  return words.filter((word) => typeof word === "string");
}

/** Describes the allowed values: `true, false, "observe" or an object`. */
export function describeShape(shape: Shape): string {
  const parts = new Set(shape.flatMap(describeSchema));
  // If any string is allowed, the listed ones add nothing.
  if (parts.has("a string")) for (const word of wordsOf(shape)) parts.delete(quote(word));
  const [last, ...rest] = [...parts].toReversed();
  if (last === undefined) return "another value";
  return rest.length === 0 ? last : `${rest.toReversed().join(", ")} or ${last}`;
}

function describeSchema(schema: v.GenericSchema): string[] {
  const { type, literal, options, item } = schema as AnySchema;
  switch (type) {
    case "boolean":
      return ["true", "false"];
    case "literal":
      return [quote(literal)];
    case "picklist":
      return (options ?? []).map(quote);
    case "string":
      return ["a string"];
    case "number":
      return ["a number"];
    case "array":
      return [item === undefined ? "a list" : describeList(shapeOf(item))];
    default:
      return [type.endsWith("object") ? "an object" : "another value"];
  }
}

function describeList(shape: Shape): string {
  if (shape.every(({ type }) => type === "string")) return "a list of strings";
  if (shape.every(({ type }) => type.endsWith("object"))) return "a list of objects";
  return "a list of them";
}
