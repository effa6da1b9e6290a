import type { Stage } from "../../pipeline/stage.ts";
import type { CachePolicy } from "./policy.ts";

/** The cache's place in the list of features: the runner looks up and stores between them and the origin. */
export const cache: Stage<CachePolicy> = {
  name: "cache",
  feature: "cache",
  varyOn: [],
  isCache: true,
};
