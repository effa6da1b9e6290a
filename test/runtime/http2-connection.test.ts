import type { ServerHttp2Session } from "node:http2";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { Http2Connection } from "../../src/runtime/node/http2/connection.ts";
import type { StreamResponse } from "../../src/runtime/node/http2/response.ts";

const IDLE = 5000;

/** A response that waits for its client, on a connection of its own. */
function waiting() {
  const session = { destroyed: false, close: () => {} } as unknown as ServerHttp2Session;
  const times = { head: 60_000, keepAlive: 60_000, idle: () => IDLE };
  const connection = new Http2Connection(session, new Socket(), times);
  const state = { isWaiting: true, bytesPassed: 0, destroyed: false };
  const outgoing = Object.assign(state, { destroy: () => (state.destroyed = true) });
  connection.begin(outgoing as unknown as StreamResponse);
  return { connection, outgoing, begun: performance.now() };
}

test("a response that has just begun is not one whose client reads nothing for long", () => {
  const { connection, outgoing, begun } = waiting();
  connection.check(begun);
  connection.check(begun + IDLE / 2);
  expect(outgoing.destroyed).toBe(false);
  connection.check(begun + IDLE);
  expect(outgoing.destroyed).toBe(true);
});

test("each byte that the client accepts, and each wait for the origin server, begins the time anew", () => {
  const { connection, outgoing, begun } = waiting();
  connection.check(begun + IDLE - 1);
  outgoing.bytesPassed = 1;
  connection.check(begun + IDLE);
  outgoing.isWaiting = false;
  connection.check(begun + 2 * IDLE - 1);
  outgoing.isWaiting = true;
  connection.check(begun + 3 * IDLE - 2);
  expect(outgoing.destroyed).toBe(false);
  connection.check(begun + 3 * IDLE - 1);
  expect(outgoing.destroyed).toBe(true);
});
