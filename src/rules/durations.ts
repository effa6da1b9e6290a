import * as v from "valibot";
import { parseDuration } from "../http/duration.ts";

/** A duration such as "30s", between two others. */
export const duration = (least: string, most: string) =>
  v.pipe(
    v.string(),
    v.check((text) => {
      const seconds = parseDuration(text);
      return seconds !== undefined && seconds >= secondsOf(least) && seconds <= secondsOf(most);
    }, `a duration from "${least}" to "${most}"`),
  );

/** Seconds of a duration that the schema has let through. */
export function secondsOf(duration: string): number {
  return parseDuration(duration) ?? 0;
}
