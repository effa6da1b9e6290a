import { expect, it } from "vitest";
import { tokenSearch } from "../../src/admin/token-search.ts";
import type { RequestEvent } from "../../src/telemetry/event.ts";
import { createRecorder } from "../../src/telemetry/record.ts";

it("a request that is refused before its fields are read shows no token of the operator in its event", () => {
  const token = "the-token-of-the-operator";
  const events: RequestEvent[] = [];
  const log = { warn: () => {}, info: () => {} };
  const sinks = [{ take: (event: RequestEvent) => void events.push(event) }];
  const record = createRecorder(sinks, log, tokenSearch({ admin: token }))?.begin(() => ({
    method: "GET",
    host: `${token}.example`,
    target: `/${token}?a`,
    version: "1.1",
    address: "192.0.2.1",
    userAgent: `curl ${token}`,
    referrer: `https://x.example/${token}`,
  }));
  record?.refused("target-too-long", "admission");
  record?.close({ end: "sent", status: 414, bytesSent: 0, bytesAre: "content", until: "end" });
  expect(events).toHaveLength(1);
  expect(JSON.stringify(events)).not.toContain(token);
  expect(events[0]?.client.address).toBe("192.0.2.1");
});
