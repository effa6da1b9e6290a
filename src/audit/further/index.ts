import type { CheckContext } from "../check.ts";
import type { AuditVerdict } from "../model.ts";

/** The context of a check beyond the public scanner. */
export interface FurtherContext extends CheckContext {
  /** Pages that are read, besides the home page. */
  readonly maxPages: number;
}

/** A check beyond the public scanner, which counts in neither level nor score. */
export interface FurtherCheck {
  readonly id: string;
  readonly title: string;
  readonly goal: string;
  run(context: FurtherContext): Promise<AuditVerdict>;
}

/** The checks beyond the public scanner, in the order of the report. */
export const FURTHER_CHECKS: readonly FurtherCheck[] = [];
