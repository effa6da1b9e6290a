// Clients that send frames without end, open no window, or send no whole request.
import { afterAll, beforeAll, expect, it, test } from "vitest";
import {
  fields,
  FLAG,
  frame,
  FrameClient,
  get,
  preface,
  pseudo,
  settings,
  TYPE,
  uint32,
} from "../support/http2-frames.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startTlsSite, type TlsSite } from "../support/tls-site.ts";

const TEXT = "content of the page";
const WINDOW = 4;

let origin: TestOrigin;
let site: TlsSite;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/", (_request, response) => response.end(TEXT));
  const rules = { timeouts: { idle: "2s" } };
  site = await startTlsSite({ origin: origin.url, rules, headTimeout: 3000 });
});
afterAll(async () => {
  await site?.proxy.close();
  await origin?.close();
});

const open = (first?: Uint8Array) => FrameClient.connect(site.url, site.authority.ca, first);

it.each([
  ["PING", () => frame(TYPE.PING, 0, 0, Buffer.alloc(8))],
  ["SETTINGS", () => frame(TYPE.SETTINGS, 0, 0, settings([[WINDOW, 65_535]]))],
] as const)("many %s frames are answered, and a flood ends the connection", async (_name, make) => {
  const client = await open();
  client.send(...Array.from({ length: 100 }, make));
  expect(await client.reaction()).toBe("goes on");
  // Fewer at once than Node itself refuses, and all replies are read: the bound is one of time.
  let last = "goes on";
  for (let left = 200; left > 0 && last === "goes on"; left--) {
    client.forget();
    client.send(...Array.from({ length: 700 }, make));
    last = await client.reaction();
  }
  expect(last).toBe("connection ends with ENHANCE_YOUR_CALM");
  await client.closed();
});

test("content goes out in the pieces that a tiny window lets through", async () => {
  const client = await open(preface([[WINDOW, 1]]));
  client.send(get(1));
  const received = (): string =>
    client
      .all(({ type }) => type === TYPE.DATA)
      .map(({ content }) => content.toString())
      .join("");
  await client.next(({ type }) => type === TYPE.DATA);
  expect(received()).toBe("c");
  // One byte at a time, the rest at once, and one window that is below zero meanwhile (RFC 9113 §6.9.2).
  client.send(frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(1)));
  await client.next(() => received().length === 2);
  client.send(frame(TYPE.SETTINGS, 0, 0, settings([[WINDOW, 0]])));
  client.send(frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(1)));
  expect(await client.reaction()).toBe("goes on");
  expect(received()).toBe("co");
  client.send(frame(TYPE.SETTINGS, 0, 0, settings([[WINDOW, 65_535]])));
  await client.next(({ type, flags }) => type === TYPE.DATA && flags === FLAG.END_STREAM);
  expect(received()).toBe(TEXT);
  client.close();
});

test("streams whose window stays shut cost little memory, and end", async () => {
  const STREAMS = 20;
  let written = 0;
  const ended: Promise<void>[] = [];
  origin.routes.set("/endless", (_request, response) => {
    ended.push(new Promise((resolve) => response.on("close", resolve)));
    response.on("error", () => {});
    const piece = Buffer.alloc(65_536);
    const more = (): void => {
      while (!response.destroyed) {
        written += piece.length;
        if (!response.write(piece)) return void response.once("drain", more);
      }
    };
    more();
  });
  const client = await open(preface([[WINDOW, 0]]));
  const ids = Array.from({ length: STREAMS }, (_, i) => 2 * i + 1);
  client.send(...ids.map((id) => get(id, "/endless")));
  for (const id of ids) expect(await client.end(id)).toBe("stream ends with INTERNAL_ERROR");
  expect(ended.length).toBe(STREAMS);
  await Promise.all(ended);
  // The sockets of both sides have most of it: without a bound it would be gigabytes.
  expect(written / STREAMS).toBeLessThan(16 * 1024 * 1024);
  client.send(frame(TYPE.SETTINGS, 0, 0, settings([[WINDOW, 65_535]])), get(2 * STREAMS + 1));
  const { content } = (await client.next(({ type }) => type === TYPE.DATA)) ?? {};
  expect(content?.toString()).toBe(TEXT);
  client.close();
});

it.each([
  ["nothing", []],
  ["half a field section", [frame(TYPE.HEADERS, FLAG.END_STREAM, 1, fields(pseudo()))]],
  ["a frame of which a byte is missing", [get(1).subarray(0, -1)]],
] as const)("a connection on which %s arrives ends in time", async (_what, frames) => {
  const client = await open();
  client.send(...frames);
  await client.closed();
  expect(client.all(({ type }) => type === TYPE.HEADERS)).toEqual([]);
});
