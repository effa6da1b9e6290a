import type { CheckContext } from "../check.ts";
import type { AuditVerdict } from "../model.ts";

/** The context of a check beyond the public scanner. */
export interface FurtherContext extends CheckContext {
  /** Pages that are read, the home page included. */
  readonly maxPages: number;
  /** A text that no URL has had before, for addresses that no cache has stored. */
  readonly invent: () => string;
  /** Signs a GET request as an agent; undefined without a key. */
  readonly sign?: ((url: string) => Promise<Readonly<Record<string, string>>>) | undefined;
}

/** A check beyond the public scanner, which counts in neither level nor score. */
export interface FurtherCheck {
  readonly id: string;
  readonly title: string;
  readonly goal: string;
  run(context: FurtherContext): Promise<AuditVerdict>;
}
