import type { RequestEvent } from "../../src/telemetry/event.ts";

/** A request of a claimed GPTBot that got a page, with other values in place of these. */
export function sampleEvent(over: Partial<RequestEvent> = {}): RequestEvent {
  return {
    id: "0198c0de-0000-4000-8000-000000000001",
    traceId: "0198c0de000040008000000000000001",
    time: Date.UTC(2026, 10, 28, 12, 30, 15),
    method: "GET",
    host: "www.example.com",
    path: "/blog/one",
    pattern: "/blog/*",
    version: "1.1",
    client: { address: "192.0.2.7", userAgent: "GPTBot/1.2" },
    referrer: { class: "none" },
    agent: CLAIMED,
    features: [],
    cache: "none",
    status: 200,
    type: "text/html",
    representation: "html",
    coding: "identity",
    saved: {},
    bytesReceived: 100,
    bytesSent: 1000,
    bytesAre: "wire",
    until: "end",
    durations: { total: 40, origin: 30 },
    originStatus: 200,
    end: "sent",
    ...over,
  };
}

/** An agent of which only its User-Agent tells the name. */
export const CLAIMED: RequestEvent["agent"] = {
  kind: "claimed",
  verdict: "claimed",
  name: "GPTBot",
  claimed: "GPTBot",
  operator: "OpenAI",
  category: "AI Crawler",
  behaviours: ["Training"],
  evidence: "claim",
};

/** Nobody who names a bot. */
export const NOBODY: RequestEvent["agent"] = {
  kind: "anonymous",
  verdict: "anonymous",
  behaviours: [],
};
