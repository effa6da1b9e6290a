import { accessFeature } from "./features/access/feature.ts";
import { cacheFeature } from "./features/cache/feature.ts";
import { canonicalRedirectFeature } from "./features/canonical-redirect/feature.ts";
import { compressionFeature } from "./features/compression/feature.ts";
import { documentsFeature } from "./features/documents/feature.ts";
import { headersFeature } from "./features/headers/feature.ts";
import { markdownFeature } from "./features/markdown/feature.ts";
import { resourceMetadataFeature } from "./features/resource-metadata/feature.ts";
import { robotsFeature } from "./features/robots/feature.ts";
import { signalsFeature } from "./features/signals/feature.ts";

/**
 * The built-in features, in the order in which they process a request and its response: the order is
 * the policy. Exported as `wayleave/features`.
 */
export const FEATURES = [
  resourceMetadataFeature,
  accessFeature,
  documentsFeature,
  canonicalRedirectFeature,
  markdownFeature,
  compressionFeature,
  signalsFeature,
  robotsFeature,
  headersFeature,
  cacheFeature,
] as const;
