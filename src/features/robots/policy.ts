import * as v from "valibot";

/** The options under `robots`. */
export const robotsOptions = v.pipe(
  v.strictObject({
    /**
     * "merge" adds the lines of the rules to the origin server's robots.txt, "replace" serves a file of
     * these lines alone, "off" the origin server's; "enforce" stands for "merge", and "observe" for "off".
     * @default "merge"
     */
    mode: v.optional(v.picklist(["merge", "replace", "off", "observe", "enforce"]), "merge"),
  }),
  v.transform(({ mode }) => {
    const isOff = mode === "off" || mode === "observe";
    return {
      mode: isOff ? mode : ("enforce" as const),
      percentage: 100,
      replaces: mode === "replace",
    };
  }),
);

export type RobotsPolicy = v.InferOutput<typeof robotsOptions>;
