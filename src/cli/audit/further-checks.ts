import type { FurtherCheck } from "../../audit/further/further-check.ts";
import { FURTHER_CHECKS } from "../../audit/further/index.ts";
import { canonicalsCheck } from "./canonicals-check.ts";

/** All checks beyond the public scanner, in the order of the report. */
export const ALL_FURTHER: readonly FurtherCheck[] = [...FURTHER_CHECKS, canonicalsCheck];
