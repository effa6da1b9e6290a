import { NODE_EFFORT, WORKERS_EFFORT } from "../../codecs/plain/efforts.ts";
import { plainBy, type Zlib } from "../../codecs/plain/native.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";

interface Runtime {
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly navigator?: { readonly userAgent?: string };
}

/**
 * The plain codecs of the current runtime: those of `node:zlib` if it exists. The module is loaded
 * at run time, so that the code can be bundled for a Worker without Node's modules.
 */
export function ambientPlainCodecs(runtime: Runtime = globalThis): PlainCodec[] {
  const zlib = runtime.process?.getBuiltinModule?.("node:zlib") as Zlib | undefined;
  if (zlib === undefined) return [];
  const isWorker = runtime.navigator?.userAgent === "Cloudflare-Workers";
  return plainBy(zlib, isWorker ? WORKERS_EFFORT : NODE_EFFORT);
}
