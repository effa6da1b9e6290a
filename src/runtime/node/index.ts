/** The parts for serving the proxy from a Node program: `wayleave/node`. */
export type { Platform, Settings } from "../../app.ts";
export { nativeDcb } from "../../codecs/brotli-native.ts";
export { nativePlain, type NativePlainOptions } from "../../codecs/plain-native.ts";
export { nativeDcz } from "../../codecs/zstd-native.ts";
export { streamEngine } from "../../features/markdown/stream/index.ts";
export { nodeDeltaCodecs, nodePlainCodecs } from "./codecs.ts";
export { nodeIdentity } from "./identity.ts";
export { NODE_DECODABLE } from "./content-decoder.ts";
export { nodeServices } from "./services.ts";
export type { ListenOptions, TlsOptions } from "./listeners.ts";
export { serve, type RunningServer } from "./server.ts";
export type { NodePlatform, NodeSettings } from "./settings.ts";
