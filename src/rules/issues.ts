import type * as v from "valibot";
import type { Places } from "./places.ts";
import { quote, toPointer, type Fault, type PathStep } from "./fault.ts";
import { describeShape, stepInto, wordsOf, type Shape } from "./shape.ts";
import { nearest } from "./suggest.ts";

/** Describes the schema's issues as faults, each with its place. */
export function toFaults(
  issue: v.GenericIssue,
  shape: Shape,
  places: Places,
  before: readonly PathStep[] = [],
): Fault[] {
  const path = [...before, ...(issue.path ?? []).map(({ key }) => key as PathStep)];
  // A fault inside one member of a union is more precise than "no member fits".
  const inner = (issue.issues ?? []).filter(({ path }) => path !== undefined);
  if (inner.length > 0) return inner.flatMap((each) => toFaults(each, shape, places, path));

  const pointer = toPointer(path);
  if (issue.kind === "schema" && issue.type.endsWith("object") && issue.received === "undefined") {
    const message = `missing key ${quote(path.at(-1))}`;
    return [{ pointer, ...places.value(path.slice(0, -1)), code: "missing-key", message }];
  }
  const message = toMessage(issue, path.reduce(stepInto, shape));
  return [{ pointer, ...places.value(path), code: "invalid-value", message }];
}

/** If a suggestion exists, a message does not list more allowed words than these. */
const LONGEST_LIST = 6;

function toMessage(issue: v.GenericIssue, shape: Shape): string {
  const { input, requirement, type } = issue;
  if (issue.kind === "schema") {
    const words = wordsOf(shape);
    const word = typeof input === "string" ? nearest(input, words) : undefined;
    if (word !== undefined && words.length > LONGEST_LIST) {
      return `unknown value ${quote(input)}; did you mean ${quote(word)}?`;
    }
    const hint = word === undefined ? "" : `; did you mean ${quote(word)}?`;
    return `expected ${describeShape(shape)}, not ${quote(input)}${hint}`;
  }
  const limit = String(requirement);
  switch (type) {
    case "min_value":
      return `expected ${limit} or more, not ${quote(input)}`;
    case "max_value":
      return `expected ${limit} or less, not ${quote(input)}`;
    case "integer":
      return `expected a whole number, not ${quote(input)}`;
    case "min_length":
      return limit === "1" ? "may not be empty" : `expected a length of ${limit} or more`;
    case "max_length":
      return `expected a length of ${limit} or less`;
    case "raw_check":
      return issue.message;
    default:
      return `expected ${issue.message}, not ${quote(input)}`;
  }
}
