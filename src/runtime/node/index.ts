/** What it takes to serve the proxy from a Node program: `wayleave/node`. */
export type { Platform, Settings } from "../../app.ts";
export { nodeDeltaCodecs } from "./delta-codecs.ts";
export { nodePlainCodecs } from "./plain-codecs.ts";
export { nodeIdentity } from "./identity.ts";
export { NODE_DECODABLE } from "./content-decoder.ts";
export { serve, type RunningServer } from "./server.ts";
