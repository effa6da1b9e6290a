import type { Bot } from "../../agent/bots.ts";
import { isObject, parseJson } from "../../http/json.ts";
import {
  REFERRER_CLASSES,
  type EventAgent,
  type FeatureEvent,
  type RequestEvent,
} from "../../telemetry/event.ts";
import { ASSISTANTS } from "../../telemetry/referrer-hosts.ts";

/** The event of the line of a request, see `formatAccess`. */
const REQUEST_LINE = "access";

type Facts = Readonly<Record<string, unknown>>;

/**
 * The event of a line of the access log in JSON, as far as the line has it; undefined for any other
 * line.
 *
 * @param botOf finds a bot by its name, since the line has only that
 */
export function eventOfLine(
  line: string,
  botOf: (name: string) => Bot | undefined,
): RequestEvent | undefined {
  const facts = parseJson(line);
  if (!isObject(facts) || facts["event"] !== REQUEST_LINE) return undefined;
  const time = Date.parse(text(facts, "time") ?? "");
  if (Number.isNaN(time)) return undefined;
  return {
    id: text(facts, "id") ?? "",
    traceId: "",
    time,
    method: text(facts, "method") ?? "-",
    host: text(facts, "host") ?? "",
    path: text(facts, "path") ?? "-",
    pattern: "",
    version: "",
    client: { address: text(facts, "address") },
    referrer: referrerOf(text(facts, "referrer")),
    agent: agentOf(objectIn(facts, "agent"), botOf),
    features: featuresOf(facts),
    access: accessOf(facts),
    cache: (text(facts, "cache") ?? "none") as RequestEvent["cache"],
    status: number(facts, "status"),
    type: text(facts, "type"),
    representation: "none",
    coding: text(facts, "coding") ?? "identity",
    saved: savedOf(objectIn(facts, "saved")),
    bytesReceived: number(facts, "received") ?? 0,
    bytesSent: number(facts, "bytes"),
    bytesAre: "wire",
    until: "end",
    durations: {
      total: number(facts, "duration") ?? 0,
      origin: number(facts, "originDuration"),
    },
    originStatus: number(facts, "originStatus"),
    violation: text(facts, "violation") === undefined ? undefined : "robots",
    end: (text(facts, "end") ?? "sent") as RequestEvent["end"],
  };
}

function agentOf(facts: Facts, botOf: (name: string) => Bot | undefined): EventAgent {
  const kind = (text(facts, "kind") ?? "anonymous") as EventAgent["kind"];
  const name = text(facts, "name");
  const bot = name === undefined ? undefined : botOf(name);
  return {
    kind,
    verdict: (text(facts, "verdict") ?? kind) as EventAgent["verdict"],
    name,
    operator: bot?.operator,
    category: bot?.category,
    behaviours: bot?.behaviours ?? [],
    evidence: text(facts, "evidence") as EventAgent["evidence"],
  };
}

function accessOf(facts: Facts): RequestEvent["access"] {
  const action = text(facts, "access");
  // The line has neither the rule nor the reason.
  if (action === undefined) return undefined;
  return { action, would: text(facts, "would"), rule: "", reason: "" };
}

/** The actions of features, of which the line has only the names. */
function featuresOf(facts: Facts): FeatureEvent[] {
  const did = Array.isArray(facts["did"]) ? facts["did"] : [];
  const done = did.filter((action) => typeof action === "string");
  const would = text(facts, "would");
  const unknown = { feature: "", rule: "", reason: "", kind: "none" } as const;
  const all: FeatureEvent[] = done.map((action: string) =>
    Object.assign({ mode: "enforce", action, acted: true } as const, unknown),
  );
  if (would === undefined) return all;
  return [...all, { ...unknown, mode: "observe", action: "", acted: false, would }];
}

const CLASSES: readonly string[] = REFERRER_CLASSES;

/** The line has the name of an assistant or a search engine, or else the class. */
function referrerOf(name: string | undefined): RequestEvent["referrer"] {
  if (name === undefined) return { class: "none" };
  if (CLASSES.includes(name)) return { class: name as RequestEvent["referrer"]["class"] };
  return { class: Object.hasOwn(ASSISTANTS, name) ? "assistant" : "search", name };
}

function savedOf(facts: Facts): RequestEvent["saved"] {
  return {
    markdown: number(facts, "markdown"),
    coding: number(facts, "coding"),
    delta: number(facts, "delta"),
    cache: number(facts, "cache"),
  };
}

function objectIn(facts: Facts, name: string): Facts {
  const value = facts[name];
  return isObject(value) ? value : {};
}

function text(facts: Facts, name: string): string | undefined {
  const value = facts[name];
  return typeof value === "string" ? value : undefined;
}

function number(facts: Facts, name: string): number | undefined {
  const value = facts[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
