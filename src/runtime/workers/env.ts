import type { DurableObjectNamespace } from "@cloudflare/workers-types";
import type { StorageBindings } from "./storage.ts";

/** Bindings and variables of the Worker; see wrangler.jsonc. */
export interface Env extends StorageBindings {
  readonly ORIGIN_URL?: string;
  /** Rules that replace the bundled ones. */
  readonly RULES?: string;
  /** What those are called in `/healthz` and the log. @default a hash of them */
  readonly RULES_VERSION?: string;
  /** Milliseconds to the head of the origin server's response. @default timeouts.head of the rules */
  readonly ORIGIN_TIMEOUT?: string;
  /** "1" lifts the rules of production for loopback; never set it on a deployed Worker. */
  readonly DEV?: string;
  /** How much is logged: "off", "errors", "access" or "requests". @default "errors" */
  readonly LOG?: string;
  /** Of the line for each request: "json" or "combined". @default "json" */
  readonly LOG_FORMAT?: string;
  /** "1" puts the trace of every request on its response, in short. */
  readonly DEBUG?: string;
  /** "1" has each isolate look at its start whether the origin server can be reached. */
  readonly CHECK_ORIGIN?: string;
  /** Where nonces are remembered, for `agents.replay`. */
  readonly REPLAY?: DurableObjectNamespace;
  /** Secret: the private keys of the site's own agents, for `agents.ownDirectory`. */
  readonly AGENT_KEYS?: string;
  /** Secret: opens our own endpoints and traces, at least 20 characters. */
  readonly ADMIN_TOKEN?: string;
  /** Secret: who shows it may purge, at least 20 characters. */
  readonly PURGE_TOKEN?: string;
  /** Seconds after which an isolate looks into KV again, for rules and purges. @default 30 */
  readonly KV_REFRESH?: string;
  /** Address lists that the bot table names as files: an object from path to text. */
  readonly IP_RANGES?: string;
}
