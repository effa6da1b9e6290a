import { fileURLToPath } from "node:url";
import { RUNTIMES, type Proxy, type ProxyOptions, type RuntimeName } from "./runtimes.ts";

const TURNDOWN = fileURLToPath(new URL("../runtime/turndown-worker.ts", import.meta.url));

/** A runtime with one of the markdown engines. */
export interface EngineOnRuntime {
  readonly runtime: RuntimeName;
  readonly engine: "stream" | "turndown";
  readonly start: (options: ProxyOptions) => Promise<Proxy>;
}

/** Each engine on each runtime; the rules name the engine. */
export const ENGINES_ON_RUNTIMES: readonly EngineOnRuntime[] = (
  Object.keys(RUNTIMES) as RuntimeName[]
).flatMap((runtime) =>
  (["stream", "turndown"] as const).map((engine) => ({
    runtime,
    engine,
    start: (options: ProxyOptions) =>
      RUNTIMES[runtime](engine === "stream" ? options : { entry: TURNDOWN, ...options }),
  })),
);
