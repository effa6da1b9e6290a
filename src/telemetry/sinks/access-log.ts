import { cutForJson } from "../cut.ts";
import type { FeatureEvent, RequestEvent, SavedBytes } from "../event.ts";

/** Bytes of values that clients or origin servers choose, at most, so that a line has under 1400 bytes. */
const MOST = { method: 32, host: 96, path: 384, name: 96, type: 64, action: 24 } as const;
/** Features whose actions a line has, at most. */
const MOST_ACTIONS = 6;

/** Formats an event as a line of the access log with at most 1400 bytes, see docs/operations.md. */
export function formatAccess(event: RequestEvent): string {
  const { durations, status = null, bytesSent = null, originStatus = null } = event;
  const { origin } = durations;
  const { action, would } = event.access ?? {};
  return JSON.stringify({
    time: new Date(event.time).toISOString(),
    level: event.cause === undefined ? "info" : "warn",
    event: "access",
    id: event.id,
    traceId: event.parent?.traceId,
    method: cutForJson(event.method, MOST.method),
    host: cutForJson(event.host, MOST.host),
    path: cutForJson(event.path, MOST.path),
    status,
    type: event.type && cutForJson(event.type, MOST.type),
    coding: event.coding === "identity" ? undefined : cutForJson(event.coding, MOST.action),
    bytes: bytesSent,
    received: event.bytesReceived,
    duration: milliseconds(durations.total),
    originStatus,
    originName: event.originName && cutForJson(event.originName, MOST.action),
    originDuration: origin === undefined ? null : milliseconds(origin),
    agent: agentOf(event),
    access: action && cutForJson(action, MOST.action),
    would: would && cutForJson(would, MOST.action),
    did: actionsOf(event.features),
    cache: event.cache,
    saved: savedOf(event.saved),
    referrer: referrerOf(event),
    violation: event.violation,
    end: event.end === "sent" ? undefined : event.end,
  });
}

function agentOf({ agent }: RequestEvent) {
  const { kind, name, evidence, form } = agent;
  const verdict = agent.verdict === kind ? undefined : agent.verdict;
  // A claim needs no reason: nobody has tried to prove it.
  const reason = kind === "verified" || kind === "invalid" ? agent.reason : undefined;
  return { kind, verdict, name: name && cutForJson(name, MOST.name), evidence, form, reason };
}

/** The actions of features that did something, in their order; undefined if none did. */
function actionsOf(features: readonly FeatureEvent[]): string[] | undefined {
  const done = features.filter(({ acted }) => acted).slice(0, MOST_ACTIONS);
  return done.length === 0 ? undefined : done.map(({ action }) => cutForJson(action, MOST.action));
}

function savedOf(saved: SavedBytes): SavedBytes | undefined {
  return Object.keys(saved).length === 0 ? undefined : saved;
}

function referrerOf({ referrer }: RequestEvent): string | undefined {
  return referrer.class === "none" ? undefined : (referrer.name ?? referrer.class);
}

function milliseconds(value: number): number {
  return Math.round(value * 10) / 10;
}
