import type { DurableObjectNamespace, KVNamespace, R2Bucket } from "@cloudflare/workers-types";
import type { AnalyticsDataset } from "../../telemetry/sinks/analytics-engine.ts";

/** Bindings and variables of the Worker; see wrangler.jsonc. */
export interface Env {
  /** Stored data, with INDEX. @default the memory of each isolate */
  readonly BLOBS?: R2Bucket;
  readonly INDEX?: KVNamespace;
  /** Stores entries that change in atomic steps. @default KV, without atomic steps */
  readonly LEDGER?: DurableObjectNamespace;
  /** Counts requests for limits. @default the memory of each isolate */
  readonly RATES?: DurableObjectNamespace;
  /** The Durable Objects of the agents' accounts, for `"action": "charge"`. @default nobody can pay */
  readonly ACCOUNTS?: DurableObjectNamespace;
  /** The dataset of Analytics Engine that gets a point for each request. @default none */
  readonly ANALYTICS?: AnalyticsDataset;
  /** The account of the dataset, for the dashboard: 32 hexadecimal digits. */
  readonly ACCOUNT_ID?: string;
  /** Secret: a token with the permission Account Analytics, Read, for the dashboard. */
  readonly ANALYTICS_TOKEN?: string;
  /** The name of the dataset. @default "wayleave" */
  readonly ANALYTICS_DATASET?: string;
  readonly ORIGIN_URL?: string;
  /** Rules that replace the bundled ones. */
  readonly RULES?: string;
  /** The version of RULES in `/healthz` and the log. @default a hash of the rules */
  readonly RULES_VERSION?: string;
  /** Milliseconds to the head of the origin's response. @default timeouts.head of the rules */
  readonly ORIGIN_TIMEOUT?: string;
  /** "1" allows test keys, and key directories on loopback. Never set it on a deployed Worker. */
  readonly DEV?: string;
  /** The log level: "off", "errors", "access" or "requests". @default "errors" */
  readonly LOG?: string;
  /** The format of the line for each request: "json" or "combined". @default "json" */
  readonly LOG_FORMAT?: string;
  /** "1" sends the short trace with every response. */
  readonly DEBUG?: string;
  /** "1" makes each isolate check at its start if the origin server is reachable. */
  readonly CHECK_ORIGIN?: string;
  /** "1" if no network of Cloudflare is in front: then clients can write the facts that it would state. */
  readonly LOCAL?: string;
  /** The Durable Object that stores nonces, for `agents.replay`. */
  readonly REPLAY?: DurableObjectNamespace;
  /** Secret: the private keys of the site's own agents, for `agents.ownDirectory`. */
  readonly AGENT_KEYS?: string;
  /** Secret of at least 20 characters: gives access to our own endpoints and to traces. */
  readonly ADMIN_TOKEN?: string;
  /** Secret of at least 20 characters: allows purges. */
  readonly PURGE_TOKEN?: string;
  /** Seconds between an isolate's reads of rules and purges from KV. @default 30 */
  readonly KV_REFRESH?: string;
  /** Address lists that the bot table names as files: an object from path to text. */
  readonly IP_RANGES?: string;
}
