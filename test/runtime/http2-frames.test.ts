// Frames that a client must not send, and frames that mean nothing, after the cases of h2spec.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  fields,
  FLAG,
  frame,
  FrameClient,
  get,
  pseudo,
  settings,
  TYPE,
  uint32,
} from "../support/http2-frames.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startTlsSite, type TlsSite } from "../support/tls-site.ts";

let origin: TestOrigin;
let site: TlsSite;

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/", (request, response) => {
    request.resume().on("end", () => response.end("content of the page"));
  });
  site = await startTlsSite({ origin: origin.url, rules: {} });
});
afterAll(async () => {
  await site?.proxy.close();
  await origin?.close();
});

const open = (first?: Uint8Array) => FrameClient.connect(site.url, site.authority.ca, first);

const { END_STREAM, END_HEADERS, ACK, PADDED } = FLAG;
const WHOLE = END_STREAM | END_HEADERS;
const post = (stream: number, flags = END_HEADERS) =>
  frame(TYPE.HEADERS, flags, stream, fields(pseudo("POST")));
const headers = (lines: readonly (readonly [string, string])[]) =>
  frame(TYPE.HEADERS, WHOLE, 1, fields(lines));
const without = (name: string) => pseudo().filter(([each]) => each !== name);

const CONNECTION: readonly (readonly [
  clause: string,
  what: string,
  frames: Buffer[],
  code: string,
])[] = [
  [
    "4.2",
    "a DATA frame beyond the largest size",
    [post(1), frame(TYPE.DATA, 1, 1, Buffer.alloc(16_385))],
    "FRAME_SIZE_ERROR",
  ],
  [
    "4.2",
    "a HEADERS frame beyond the largest size",
    [frame(TYPE.HEADERS, WHOLE, 1, Buffer.alloc(16_385))],
    "FRAME_SIZE_ERROR",
  ],
  [
    "4.3",
    "a field section that can't be decoded",
    [frame(TYPE.HEADERS, WHOLE, 1, [0x14, 0xff, 0xff, 0xff])],
    "COMPRESSION_ERROR",
  ],
  [
    "4.3",
    "another frame within a field section",
    [
      frame(TYPE.HEADERS, END_STREAM, 1, fields(pseudo())),
      frame(TYPE.PRIORITY, 0, 1, [0, 0, 0, 0, 1]),
    ],
    "PROTOCOL_ERROR",
  ],
  ["5.1", "DATA on an idle stream", [frame(TYPE.DATA, 1, 1, [0x61])], "PROTOCOL_ERROR"],
  [
    "5.1",
    "RST_STREAM on an idle stream",
    [frame(TYPE.RST_STREAM, 0, 1, uint32(8))],
    "PROTOCOL_ERROR",
  ],
  [
    "5.1",
    "WINDOW_UPDATE on an idle stream",
    [frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(1))],
    "PROTOCOL_ERROR",
  ],
  [
    "5.1",
    "CONTINUATION on an idle stream",
    [frame(TYPE.CONTINUATION, 4, 1, fields(pseudo()))],
    "PROTOCOL_ERROR",
  ],
  ["5.1.1", "an even number of a stream", [get(2)], "PROTOCOL_ERROR"],
  ["6.1", "DATA without a stream", [frame(TYPE.DATA, 1, 0, [0x61])], "PROTOCOL_ERROR"],
  [
    "6.1",
    "more padding than content",
    [post(1), frame(TYPE.DATA, END_STREAM | PADDED, 1, [9, 1, 1])],
    "PROTOCOL_ERROR",
  ],
  [
    "6.2",
    "HEADERS without a stream",
    [frame(TYPE.HEADERS, WHOLE, 0, fields(pseudo()))],
    "PROTOCOL_ERROR",
  ],
  [
    "6.4",
    "RST_STREAM without a stream",
    [frame(TYPE.RST_STREAM, 0, 0, uint32(8))],
    "PROTOCOL_ERROR",
  ],
  [
    "6.4",
    "RST_STREAM of three bytes",
    [post(1), frame(TYPE.RST_STREAM, 0, 1, [0, 0, 0])],
    "FRAME_SIZE_ERROR",
  ],
  [
    "6.5",
    "SETTINGS on a stream",
    [frame(TYPE.SETTINGS, 0, 1, settings([[3, 1]]))],
    "PROTOCOL_ERROR",
  ],
  ["6.5", "SETTINGS of three bytes", [frame(TYPE.SETTINGS, 0, 0, [0, 3, 0])], "FRAME_SIZE_ERROR"],
  [
    "6.5",
    "an acknowledgement with SETTINGS",
    [frame(TYPE.SETTINGS, ACK, 0, settings([[3, 1]]))],
    "FRAME_SIZE_ERROR",
  ],
  [
    "6.5.2",
    "a push setting of 2",
    [frame(TYPE.SETTINGS, 0, 0, settings([[2, 2]]))],
    "PROTOCOL_ERROR",
  ],
  [
    "6.5.2",
    "a window beyond the largest",
    [frame(TYPE.SETTINGS, 0, 0, settings([[4, 2 ** 31]]))],
    "FLOW_CONTROL_ERROR",
  ],
  [
    "6.5.2",
    "a frame size below the smallest",
    [frame(TYPE.SETTINGS, 0, 0, settings([[5, 16_383]]))],
    "PROTOCOL_ERROR",
  ],
  ["6.7", "PING on a stream", [frame(TYPE.PING, 0, 1, Buffer.alloc(8))], "PROTOCOL_ERROR"],
  ["6.7", "PING of six bytes", [frame(TYPE.PING, 0, 0, Buffer.alloc(6))], "FRAME_SIZE_ERROR"],
  ["6.8", "GOAWAY on a stream", [frame(TYPE.GOAWAY, 0, 1, Buffer.alloc(8))], "PROTOCOL_ERROR"],
  ["6.9", "WINDOW_UPDATE of 0", [frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(0))], "PROTOCOL_ERROR"],
  [
    "6.9",
    "WINDOW_UPDATE of three bytes",
    [frame(TYPE.WINDOW_UPDATE, 0, 0, [0, 0, 1])],
    "FRAME_SIZE_ERROR",
  ],
  [
    "6.9.1",
    "a window that grows beyond the largest",
    [frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(2 ** 31 - 1))],
    "FLOW_CONTROL_ERROR",
  ],
  [
    "6.10",
    "CONTINUATION after the end of a field section",
    [get(1), frame(TYPE.CONTINUATION, 4, 1, fields([["a", "b"]]))],
    "PROTOCOL_ERROR",
  ],
  [
    "8.4",
    "PUSH_PROMISE",
    [frame(TYPE.PUSH_PROMISE, 4, 1, Buffer.concat([uint32(2), fields(pseudo())]))],
    "PROTOCOL_ERROR",
  ],
];

const STREAM: readonly (readonly [clause: string, what: string, frames: Buffer[]])[] = [
  ["6.9", "WINDOW_UPDATE of 0", [post(1), frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(0))]],
  [
    "8.1",
    "a second field section without an end",
    [post(1), frame(TYPE.HEADERS, END_HEADERS, 1, fields([["a", "b"]]))],
  ],
  [
    "8.1.1",
    "more content than its length",
    [
      frame(TYPE.HEADERS, END_HEADERS, 1, fields([...pseudo("POST"), ["content-length", "1"]])),
      frame(TYPE.DATA, 1, 1, [1, 2]),
    ],
  ],
  [
    "8.1.1",
    "less content than its length",
    [
      frame(TYPE.HEADERS, END_HEADERS, 1, fields([...pseudo("POST"), ["content-length", "3"]])),
      frame(TYPE.DATA, 1, 1, [1, 2]),
    ],
  ],
  ["8.2.1", "a name in upper case", [headers([...pseudo(), ["X-Test", "a"]])]],
  ["8.2.2", "Connection", [headers([...pseudo(), ["connection", "keep-alive"]])]],
  ["8.2.2", "Transfer-Encoding", [headers([...pseudo(), ["transfer-encoding", "chunked"]])]],
  [
    "8.2.2",
    "TE with another value than trailers",
    [headers([...pseudo(), ["te", "trailers, deflate"]])],
  ],
  ["8.3", "an unknown pseudo-header field", [headers([...pseudo(), [":test", "a"]])]],
  ["8.3", "that of a response", [headers([...pseudo(), [":status", "200"]])]],
  ["8.3", "one behind a field", [headers([["x-test", "a"], ...pseudo()])]],
  [
    "8.3",
    "one in trailers",
    [post(1), frame(TYPE.HEADERS, WHOLE, 1, fields([[":method", "GET"]]))],
  ],
  ["8.3.1", "no method", [headers(without(":method"))]],
  ["8.3.1", "no scheme", [headers(without(":scheme"))]],
  ["8.3.1", "no path", [headers(without(":path"))]],
  ["8.3.1", "an empty path", [headers([...without(":path"), [":path", ""]])]],
  ["8.3.1", "two methods", [headers([...pseudo(), [":method", "GET"]])]],
  ["8.3.1", "two paths", [headers([...pseudo(), [":path", "/"]])]],
];

const IGNORED: readonly (readonly [clause: string, what: string, frames: Buffer[]])[] = [
  ["4.1", "an unknown type of frame", [frame(0x7f, 0, 0, [1, 2, 3])]],
  ["4.1", "an unknown flag", [frame(TYPE.PING, 0x10, 0, Buffer.alloc(8))]],
  ["5.1", "PRIORITY on an idle stream", [frame(TYPE.PRIORITY, 0, 3, [0, 0, 0, 1, 9])]],
  [
    "5.1",
    "frames of a stream that it has reset",
    [post(1), frame(TYPE.RST_STREAM, 0, 1, uint32(8)), frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(1))],
  ],
  ["6.5.2", "an unknown setting", [frame(TYPE.SETTINGS, 0, 0, settings([[0xff, 1]]))]],
  ["7", "an unknown code in RST_STREAM", [post(1), frame(TYPE.RST_STREAM, 0, 1, uint32(0xff))]],
];

describe("a connection ends if a client sends", () => {
  it.each(CONNECTION)("(RFC 9113 §%s) %s", async (_clause, _what, frames, code) => {
    const client = await open();
    client.send(...frames);
    expect(await client.reaction()).toBe(`connection ends with ${code}`);
    await client.closed();
  });
});

describe("no request is served that has", () => {
  it.each(STREAM)("(RFC 9113 §%s) %s", async (_clause, _what, frames) => {
    const client = await open();
    client.send(...frames);
    // §5.4.1: it may be treated as an error of the connection, too.
    expect(await client.end(1)).toMatch(/^(?:stream|connection) ends with \w+_ERROR$/);
    expect(client.all(({ type }) => type === TYPE.HEADERS)).toEqual([]);
    client.close();
    const other = await open();
    other.send(get(1));
    const answer = await other.next(({ type }) => type === TYPE.DATA);
    expect(answer?.content.toString()).toBe("content of the page");
    other.close();
  });
});

describe("a connection goes on if a client sends", () => {
  it.each(IGNORED)("(RFC 9113 §%s) %s", async (_clause, _what, frames) => {
    const client = await open();
    client.send(...frames);
    expect(await client.reaction()).toBe("goes on");
    client.close();
  });
});

it.each(["a\r\nb: c", "a\nb", "a\0b"])(
  "a field that no value can have, %j, does not reach the origin server",
  async (value) => {
    const client = await open();
    client.send(headers([...pseudo(), ["x-odd", value], ["x-after", "1"]]));
    // Node leaves it out in place of the error that RFC 9113 §8.2.1 demands.
    const answer = await client.next(({ type }) => type === TYPE.DATA);
    expect(answer?.content.toString()).toBe("content of the page");
    const { headers: got } = origin.requests.at(-1) ?? { headers: {} };
    expect([got["x-odd"], got["b"], got["x-after"]]).toEqual([undefined, undefined, "1"]);
    client.close();
  },
);
