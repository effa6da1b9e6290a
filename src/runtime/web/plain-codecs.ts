import { NODE_EFFORT, WORKERS_EFFORT } from "../../codecs/plain/efforts.ts";
import { plainBy, type Zlib } from "../../codecs/plain/native.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";

/** What a runtime may have of Node. */
interface Runtime {
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly navigator?: { readonly userAgent?: string };
}

/**
 * The plain codecs of whatever runtime an app is on: those of `node:zlib`, asked for while it runs, so
 * that a bundle for a Worker without Node's modules is still whole. None if there is no such module.
 */
export function ambientPlainCodecs(runtime: Runtime = globalThis): PlainCodec[] {
  const zlib = runtime.process?.getBuiltinModule?.("node:zlib") as Zlib | undefined;
  if (zlib === undefined) return [];
  const isWorker = runtime.navigator?.userAgent === "Cloudflare-Workers";
  return plainBy(zlib, isWorker ? WORKERS_EFFORT : NODE_EFFORT);
}
