import * as v from "valibot";

/** The `mode` of a feature's options. @default "enforce" */
export const modeEntry = v.optional(v.picklist(["off", "observe", "enforce"]), "enforce");
