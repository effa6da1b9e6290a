import * as v from "valibot";
import { compilePathPattern } from "./path-pattern.ts";

/** The schema of a whole number between two bounds. */
export const wholeNumber = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** The schema of a pattern that `compilePathPattern` accepts. */
export const pathPattern = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const compiled = compilePathPattern(dataset.value);
    if ("fault" in compiled) addIssue({ message: compiled.fault });
  }),
);
