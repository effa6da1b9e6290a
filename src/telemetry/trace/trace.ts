import { explainAgent, type AgentTrace } from "./agent-trace.ts";
import { shownAddress } from "../../agent/shown-address.ts";
import { toHex } from "../../http/digest.ts";
import { parseAvailableDictionary } from "../../http/dictionary.ts";
import { splitList } from "../../http/list.ts";
import type { Answer, Exchange } from "../../pipeline/exchange.ts";
import type { DecisionRecord, Detail } from "../../pipeline/stage.ts";
import { codingOf, representationOf, variantKey } from "../../pipeline/variant-key.ts";
import type { CompiledRules } from "../../rules/compile.ts";
import type { PolicyRequest } from "../../rules/decide.ts";
import { explainRules, type FeatureTrace } from "./rules-trace.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { HIDDEN, hideValues } from "../hidden.ts";

/** A stage's decision in one phase. */
export type DecisionTrace = Omit<DecisionRecord, "feature" | "rule" | "share" | "logs">;

/** One feature's policy, and the decisions of its stage. */
export interface StageTrace extends FeatureTrace {
  /** The decisions in their order; none if the feature is off, or an earlier feature responded. */
  readonly decisions: readonly DecisionTrace[];
}

/** A request to an origin server, and the head of its response. */
export interface OriginTrace {
  /** Its name in the rules; undefined for one that has none. */
  readonly name: string | undefined;
  /** Undefined if there was no response. */
  readonly status: number | undefined;
  /** Milliseconds to the head. */
  readonly ms: number;
}

/** The trace of one request: agent, rules, decisions and response. */
export interface Trace {
  readonly request: {
    readonly method: string;
    readonly url: string;
    /** Fields that decisions read; "…" replaces values that are not shown. */
    readonly fields: Readonly<Record<string, string>>;
    readonly address?: string | undefined;
  };
  readonly agent: AgentTrace;
  readonly features: readonly StageTrace[];
  /** The origin server that got the request; undefined if none did. */
  readonly origin?: OriginTrace | undefined;
  readonly answer: {
    readonly status: number;
    readonly fields: readonly (readonly [name: string, value: string])[];
    /** Names of fields that are not shown. */
    readonly others: readonly string[];
    readonly vary: readonly string[];
    readonly variantKey: string;
  };
}

interface TraceSource {
  readonly exchange: Exchange;
  readonly answer: Answer;
  readonly decisions: readonly DecisionRecord[];
  readonly rules: RulesFile;
  readonly policies: CompiledRules;
  /** The facts of the request that rules match. */
  readonly policyRequest: PolicyRequest;
  /** The generation of data stored for this URL. */
  readonly generation: string;
  /** "safe", for logs and responses, hides values of queries and unknown response fields. */
  readonly shows: "safe" | "all";
}

/** Builds a trace. It checks the rules one by one, so it runs only on demand. */
export function buildTrace(source: TraceSource): Trace {
  const { exchange, policyRequest, decisions, rules, policies, shows } = source;
  const show = shows === "safe" ? hideValues : (text: string) => text;
  const { method, target, agent, clientAddress } = exchange;
  const { addresses } = rules.telemetry;
  const traces = explainRules(rules, policies, policyRequest, show);
  const features = traces.map((feature): StageTrace => {
    const own = decisions.filter((each) => each.feature === feature.feature);
    return Object.assign({ decisions: own.map((each) => decisionTrace(each, show)) }, feature);
  });
  return {
    request: {
      method,
      url: bounded(show(exchange.url.origin + target)),
      fields: requestFields(exchange, show),
      address: shows === "safe" ? shownAddress(clientAddress, addresses) : clientAddress,
    },
    agent: explainAgent(agent),
    features,
    origin: originTrace(exchange),
    answer: answerTrace(source, show),
  };
}

function originTrace({ record }: Exchange): OriginTrace | undefined {
  const ms = record?.times.origin;
  if (record === undefined || ms === undefined) return undefined;
  return { name: record.originName, status: record.originStatus, ms: Number(ms.toFixed(2)) };
}

type Show = (text: string) => string;

/** Characters of a value that clients choose, at most. */
const LONGEST = 2048;

function bounded(text: string, most = LONGEST): string {
  return text.length > most ? text.slice(0, most) + HIDDEN : text;
}

function decisionTrace(record: DecisionRecord, show: Show): DecisionTrace {
  const { feature: _feature, rule: _rule, share: _share, logs: _logs, ...rest } = record;
  const { detail, ms, ...decision } = rest;
  const shown = Object.entries(detail ?? {}).map(([key, value]) => [key, bounded(show(value))]);
  return {
    ...decision,
    ...(detail === undefined ? {} : { detail: Object.fromEntries(shown) as Detail }),
    ...(ms === undefined ? {} : { ms: Number(ms.toFixed(2)) }),
  };
}

function requestFields(exchange: Exchange, show: Show): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const name of SHOWN_OF_REQUEST) {
    const value = exchange.field(name);
    if (value !== undefined) fields[name] = bounded(show(value), 256);
  }
  for (const name of HIDDEN_OF_REQUEST) {
    if (exchange.field(name) !== undefined) fields[name] = HIDDEN;
  }
  return fields;
}

function answerTrace({ exchange, answer, generation, shows }: TraceSource, show: Show) {
  const { status, fields } = answer;
  const shown: (readonly [string, string])[] = [];
  const others: string[] = [];
  for (const [spelt, value] of fields.lines()) {
    const name = spelt.toLowerCase();
    const isShown = shows === "all" ? !SECRET_OF_ANSWER.has(name) : SHOWN_OF_ANSWER.has(name);
    if (isShown) shown.push([name, bounded(LINKS.has(name) ? show(value) : value)]);
    else others.push(name);
  }
  const coding = codingOf(fields.get("content-encoding"));
  const isDelta = coding === "dcb" || coding === "dcz";
  const hash = isDelta && parseAvailableDictionary(exchange.field("available-dictionary"));
  const key = variantKey({
    url: new URL(show(exchange.url.href)),
    representation: representationOf(fields.get("content-type")),
    coding,
    dictionary: hash ? toHex(hash) : undefined,
    generation,
  });
  const vary = splitList(fields.get("vary") ?? "");
  return { status, fields: shown, others, vary, variantKey: bounded(key) };
}

/** Fields that contain URLs. */
const LINKS = new Set(["content-location", "link", "location"]);

/** Request fields that decisions read and that contain no secrets. */
const SHOWN_OF_REQUEST = [
  "accept",
  "accept-encoding",
  "available-dictionary",
  "cache-control",
  "if-modified-since",
  "if-none-match",
  "range",
  "referer",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "signature-agent",
  "user-agent",
] as const;

/** Request fields whose presence is shown, but never their value. */
const HIDDEN_OF_REQUEST = ["authorization", "cookie", "signature", "signature-input"] as const;

/** Response fields that contain no secrets. */
const SHOWN_OF_ANSWER: ReadonlySet<string> = new Set([
  "accept-signature",
  "age",
  "allow",
  "cache-control",
  "cache-status",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-signal",
  "content-type",
  "etag",
  "last-modified",
  "link",
  "location",
  "retry-after",
  "tdm-policy",
  "tdm-reservation",
  "use-as-dictionary",
  "vary",
  "x-markdown-tokens",
  "x-robots-tag",
]);

/** Response fields whose values are never shown, even if all others are. */
const SECRET_OF_ANSWER: ReadonlySet<string> = new Set(["set-cookie", "set-cookie2"]);
