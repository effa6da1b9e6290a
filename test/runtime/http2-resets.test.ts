// A client that resets its streams: each connection is bounded, and then the client is refused for a time.
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Offenders } from "../../src/runtime/node/http2/offenders.ts";
import { connectHttp2, askStream } from "../support/http2-client.ts";
import { frame, FrameClient, get, TYPE, uint32 } from "../support/http2-frames.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startTlsSite, type TlsSite } from "../support/tls-site.ts";

const CANCEL = 8;

let origin: TestOrigin;
let site: TlsSite;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/", (_request, response) => response.end("home"));
  origin.routes.set("/waits", () => {});
  site = await startTlsSite({ origin: origin.url, rules: {} });
});
afterAll(async () => {
  await site?.proxy.close();
  await origin?.close();
});

const open = () => FrameClient.connect(site.url, site.authority.ca);
const id = (n: number): number => 2 * n + 1;
/** A request and its reset, which arrive together. */
const reset = (n: number): Buffer =>
  Buffer.concat([get(id(n), "/waits"), frame(TYPE.RST_STREAM, 0, id(n), uint32(CANCEL))]);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

test("some resets are a reader who leaves a page", async () => {
  const client = await open();
  client.send(...range(0, 150).map(reset));
  expect(await client.reaction()).toBe("goes on");
  client.send(get(id(150)));
  await client.next(({ type }) => type === TYPE.DATA);
  client.close();
});

test("streams that are reset before they are read cost the origin server nothing", async () => {
  const client = await open();
  client.send(...range(0, 40).map(reset));
  expect(await client.reaction()).toBe("goes on");
  const before = origin.requests.length;
  client.send(...range(40, 140).map(reset));
  expect(await client.reaction()).toBe("goes on");
  expect(origin.requests.length).toBe(before);
  client.close();
});

test("a flood of resets ends the connection, and further ones have the client refused", async () => {
  const visitor = await connectHttp2(site.url, site.authority.ca);
  for (let i = 0; i < 5; i++) {
    const client = await open();
    let last = "goes on";
    for (let n = 0; last === "goes on" && n < 4000; n += 200) {
      client.forget();
      client.send(...range(n, n + 200).map(reset));
      last = await client.reaction();
    }
    expect(last).toBe("connection ends with ENHANCE_YOUR_CALM");
    await client.closed();
  }
  await expect.poll(() => site.proxy.log.join("\n")).toContain("client-refused");
  const { port } = new URL(site.url);
  const socket = connect({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("close", resolve));
  expect(socket.authorized || socket.getPeerCertificate()?.subject).toBeFalsy();
  // A connection that is open goes on.
  expect((await askStream(visitor, "/")).content.toString()).toBe("home");
  visitor.destroy();
});

test("a network is refused for a time, and never one of servers in front", () => {
  const clock = { now: 0 };
  const lines: string[] = [];
  const rules = { agents: { trustedProxyHops: 0 }, telemetry: { addresses: "truncated" as const } };
  const log = {
    warn: (event: string, facts: object) => void lines.push(event, JSON.stringify(facts)),
  };
  const offenders = new Offenders(
    () => rules,
    log,
    () => clock.now,
  );
  for (let i = 0; i < 4; i++) offenders.note("192.0.2.7");
  expect(offenders.refuses("192.0.2.7")).toBe(false);
  offenders.note("192.0.2.9");
  expect(["192.0.2.1", "198.51.100.1", undefined].map((each) => offenders.refuses(each))).toEqual([
    true,
    false,
    false,
  ]);
  expect(lines).toEqual(["client-refused", '{"client":"192.0.2.0","connections":5,"seconds":30}']);
  rules.agents.trustedProxyHops = 1;
  expect(offenders.refuses("192.0.2.1")).toBe(false);
  rules.agents.trustedProxyHops = 0;
  clock.now = 30_001;
  expect(offenders.refuses("192.0.2.1")).toBe(false);
});
