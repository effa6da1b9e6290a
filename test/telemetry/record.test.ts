// The record of a request, and the event that sinks get of it.
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { createRecorder, type Ending } from "../../src/telemetry/record.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import type { EventSource, RequestEvent } from "../../src/telemetry/event.ts";

const RECEIVED = {
  method: "GET",
  host: "a.example",
  target: "/page?token=1",
  version: "1.1",
  address: "192.0.2.7",
};
const SENT: Ending = {
  end: "sent",
  status: 200,
  bytesReceived: 70,
  bytesSent: 900,
  bytesAre: "wire",
  until: "end",
};

/** The events that a sink takes at once, and the sources of one that builds them later. */
function sinks() {
  const taken: RequestEvent[] = [];
  const sources: EventSource[] = [];
  const later = {
    take: () => expect.fail("it takes events later"),
    takeLater: (source: EventSource) => void sources.push(source),
  };
  const atOnce = { take: (event: RequestEvent) => void taken.push(event) };
  return { taken, sources, later, atOnce };
}

test("an event that is built later has the values of the end", async () => {
  const { taken, sources, later, atOnce } = sinks();
  const record = createRecorder([later, atOnce], silentLog).begin(() => RECEIVED);
  record.close(SENT);
  await pause(20);
  const [event, source] = [taken[0], sources[0]];
  expect(source?.built()).toBe(event);
  expect(event).toMatchObject({ status: 200, bytesSent: 900, path: "/page" });
});

test("its duration ends with the request, not when it is built", async () => {
  const { sources, later } = sinks();
  const record = createRecorder([later], silentLog).begin(() => RECEIVED);
  record.close({ ...SENT, end: "client-gone" });
  const ended = record.age;
  await pause(20);
  const event = sources[0]?.built();
  expect(event?.durations.total).toBe(ended);
  expect(event?.end).toBe("client-gone");
});

test("no event is built of a request that has not ended", () => {
  const record = createRecorder([], silentLog).begin(() => RECEIVED);
  expect(() => record.built()).toThrow("has not ended");
});

test("a sink that fails costs no other sink its event", () => {
  const { taken, atOnce } = sinks();
  const failing = {
    take: () => {},
    takeLater: () => {
      throw new Error("full");
    },
  };
  createRecorder([failing, atOnce], silentLog)
    .begin(() => RECEIVED)
    .close(SENT);
  expect(taken).toHaveLength(1);
});
