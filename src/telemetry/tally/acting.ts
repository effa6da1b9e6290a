import type { FeatureEvent } from "../event.ts";

/** Whether a feature acted, or would have without the mode "observe". */
export function acts({ acted, would }: FeatureEvent): boolean {
  return acted || would !== undefined;
}
