import { cutForJson } from "../cut.ts";
import type { RequestEvent } from "../event.ts";

/** Bytes of values that clients choose, at most, so that a line has under 900 bytes. */
const MOST = { method: 32, path: 384, name: 96 } as const;

/** Formats an event as a line of the access log with at most 900 bytes, see docs/operations.md. */
export function formatAccess(event: RequestEvent): string {
  const { agent, durations, status = null, bytesSent = null, originStatus = null } = event;
  const { origin } = durations;
  const { kind, name, evidence, form } = agent;
  const verdict = agent.verdict === kind ? undefined : agent.verdict;
  // A claim needs no reason: nobody has tried to prove it.
  const reason = kind === "verified" || kind === "invalid" ? agent.reason : undefined;
  return JSON.stringify({
    time: new Date(event.time).toISOString(),
    level: event.cause === undefined ? "info" : "warn",
    event: "access",
    method: cutForJson(event.method, MOST.method),
    path: cutForJson(event.path, MOST.path),
    status,
    bytes: bytesSent,
    duration: milliseconds(durations.total),
    originStatus,
    originDuration: origin === undefined ? null : milliseconds(origin),
    agent: { kind, verdict, name: name && cutForJson(name, MOST.name), evidence, form, reason },
    cache: event.cache,
    violation: event.violation,
    end: event.end === "sent" ? undefined : event.end,
  });
}

function milliseconds(value: number): number {
  return Math.round(value * 10) / 10;
}
