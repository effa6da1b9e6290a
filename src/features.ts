import { accessFeature } from "./features/access/feature.ts";
import { cacheFeature } from "./features/cache/feature.ts";
import { canonicalRedirectFeature } from "./features/canonical-redirect/feature.ts";
import { compressionFeature } from "./features/compression/feature.ts";
import { documentsFeature } from "./features/documents/feature.ts";
import { markdownFeature } from "./features/markdown/feature.ts";
import { signalsFeature } from "./features/signals/feature.ts";

/**
 * The features that come along, in the order in which they see a request and its response: the order is
 * the policy. `wayleave/features`.
 */
export const FEATURES = [
  accessFeature,
  documentsFeature,
  canonicalRedirectFeature,
  markdownFeature,
  compressionFeature,
  signalsFeature,
  cacheFeature,
] as const;
