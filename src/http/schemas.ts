import * as v from "valibot";
import { compilePathPattern } from "./path-pattern.ts";
import { isOrigin } from "./target.ts";

/** The schema of a whole number between two bounds. */
export const wholeNumber = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** The schema of an http or https origin, without path. @param example in the message */
export const originUrl = (example: string) =>
  v.pipe(
    v.string(),
    v.check(isOrigin, `an origin such as "${example}", without a path`),
    v.transform((text) => new URL(text).origin),
  );

/** An issue about one key of an object, for a raw check. */
export function keyIssue<Input extends object, Key extends keyof Input & string>(
  input: Input,
  key: Key,
  message: string,
) {
  const item = { type: "object", origin: "value", input, key, value: input[key] } as const;
  return { message, path: [item] as [typeof item] };
}

/** The schema of a pattern that `compilePathPattern` accepts. */
export const pathPattern = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const compiled = compilePathPattern(dataset.value);
    if ("fault" in compiled) addIssue({ message: compiled.fault });
  }),
);
