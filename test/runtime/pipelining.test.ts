import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sendRaw } from "../support/raw.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const HOST = "Host: a.example\r\n";
const get = (path: string, fields = ""): string => `GET ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const post = (path: string, fields: string, content: string): string =>
  `POST ${path} HTTP/1.1\r\n${HOST}${fields}\r\n${content}`;

/** Bytes that are no request, however they come behind a good one. */
const GARBAGE: Readonly<Record<string, string>> = {
  words: "nonsense\r\n\r\n",
  "one byte": "\x01",
  "a letter and a byte": "G\x01",
  "a TLS hello": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "an HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
  "zero bytes": "\x00\x00\x00\x00",
  "a bad chunk": post("/bad", "Transfer-Encoding: chunked\r\n", "zz\r\n"),
  "a bad chunk behind a good one": post(
    "/bad",
    "Transfer-Encoding: chunked\r\n",
    "2\r\nab\r\nzz\r\n",
  ),
  "two lengths": post("/bad", "Content-Length: 1\r\nContent-Length: 2\r\n", "ab"),
  "a large field": get("/bad", `X: ${"b".repeat(20_000)}\r\n`),
  CONNECT: `CONNECT b.example:443 HTTP/1.1\r\n${HOST}\r\n`,
  "a version that is none": `GET /bad HTTP/9.9\r\n${HOST}\r\n`,
};

describe("bytes after a request on its connection", () => {
  let origin: RawOrigin;
  let proxy: Proxy;
  const asked = (): string[] =>
    origin.requests.map(({ startLine }) => startLine.split(" ")[1] ?? "");
  const statuses = (text: string): string[] =>
    (text.match(/HTTP\/1\.1 \d+ /g) ?? []).map((each) => each.slice(9, 12));

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES.node({ origin: origin.url, rules: {} });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });
  beforeEach(() => {
    origin.requests.length = 0;
    // A path with "slow" is answered late, one with "stream" in two pieces.
    origin.answer = ({ startLine }, socket) => {
      const path = startLine.split(" ")[1] ?? "";
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n`;
      const late = (text: string): void => void setTimeout(() => socket.write(text), 150);
      if (path.includes("slow")) late(head + path);
      else if (path.includes("stream")) {
        late(path.slice(2));
        return { bytes: head + path.slice(0, 2) };
      } else return { bytes: head + path };
      return { bytes: "" };
    };
  });

  for (const path of ["/at-once", "/slow", "/stream"]) {
    it.each(Object.keys(GARBAGE))(`costs ${path} nothing: %s`, async (what) => {
      const got = await sendRaw(proxy.url, get(path) + GARBAGE[what], { timeout: 1500 });
      expect(got).toContain(`\r\n\r\n${path}`);
      const [first, ...others] = statuses(got);
      expect(first).toBe("200");
      expect(others.length).toBeLessThan(2);
      for (const status of others) expect(Number(status)).toBeGreaterThanOrEqual(400);
      expect(asked().filter((each) => each !== "/bad")).toEqual([path]);
    });

    it.each(Object.keys(GARBAGE))(`costs ${path} nothing in a later packet: %s`, async (what) => {
      const pieces = [get(path), GARBAGE[what] as string];
      const got = await sendRaw(proxy.url, pieces, { timeout: 1500 });
      expect(got).toContain(`\r\n\r\n${path}`);
      expect(statuses(got)[0]).toBe("200");
    });

    it.each(Object.keys(GARBAGE))(
      `costs ${path} with Connection: close nothing: %s`,
      async (what) => {
        const bytes = get(path, "Connection: close\r\n") + GARBAGE[what];
        const got = await sendRaw(proxy.url, bytes, { timeout: 7000 });
        expect(got.endsWith(`\r\n\r\n${path}`)).toBe(true);
        expect(statuses(got)).toEqual(["200"]);
        expect(asked()).toEqual([path]);
      },
      10_000,
    );
  }

  it.each(["/slow", "/stream", "/at-once"])(
    "costs %s nothing: content too long by a byte",
    async (path) => {
      const got = await sendRaw(proxy.url, post(path, "Content-Length: 3\r\n", "abcd"), {
        timeout: 1000,
      });
      expect(got).toContain(`\r\n\r\n${path}`);
      expect(origin.requests[0]?.content.toString()).toBe("abc");
    },
  );

  it("answers all valid requests before bytes that are no request, in order", async () => {
    const bytes = get("/slow1") + get("/stream2") + get("/3") + GARBAGE["words"];
    const got = await sendRaw(proxy.url, bytes, { timeout: 3000 });
    expect(statuses(got)).toEqual(["200", "200", "200", "400"]);
    expect(asked()).toEqual(["/slow1", "/stream2", "/3"]);
  });

  it("forwards nothing after a request with Connection: close", async () => {
    const bytes = get("/slow", "Connection: close\r\n") + get("/behind") + get("/behind");
    const got = await sendRaw(proxy.url, bytes, { timeout: 7000 });
    expect(statuses(got)).toEqual(["200"]);
    expect(asked()).toEqual(["/slow"]);
  }, 10_000);

  it("processes nothing after a refusal that closes", async () => {
    const bytes = `GET /no HTTP/1.1\r\nHost: a b\r\n\r\n${get("/behind")}${get("/behind")}`;
    const got = await sendRaw(proxy.url, bytes, { timeout: 7000 });
    expect(statuses(got)).toEqual(["400"]);
    expect(asked()).toEqual([]);
  }, 10_000);

  it("processes nothing after an HTTP/1.0 response without a length", async () => {
    origin.answer = () => ({ bytes: "HTTP/1.1 200 OK\r\n\r\nto the end", close: true });
    const old = `GET /old HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`;
    const got = await sendRaw(proxy.url, old + old.replace("/old", "/behind"), { timeout: 7000 });
    expect(statuses(got)).toEqual(["200"]);
    expect(got.endsWith("to the end")).toBe(true);
    expect(asked()).toEqual(["/old"]);
  }, 10_000);

  it("does not upgrade while a response is under way", async () => {
    const upgrade = get("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\n");
    const got = await sendRaw(proxy.url, get("/slow") + upgrade, { timeout: 1000 });
    expect(statuses(got)).toEqual(["200", "200"]);
    expect(got.endsWith("/socket")).toBe(true);
  });

  describe("a request whose Upgrade is declined", () => {
    const H2C =
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";

    it.each([
      ["h2c", get("/first", H2C)],
      ["another protocol", get("/first", "Connection: upgrade\r\nUpgrade: x/1\r\n")],
      ["h2c with content", post("/first", `${H2C}Content-Length: 3\r\n`, "abc")],
      [
        "h2c with chunks",
        post("/first", `${H2C}Transfer-Encoding: chunked\r\n`, "3\r\nabc\r\n0\r\n\r\n"),
      ],
      ["a slow response", get("/slow", H2C)],
    ])("does not affect later requests: %s", async (_what, first) => {
      const bytes =
        first +
        get("/2") +
        get("/slow3", H2C) +
        get("/4", H2C) +
        post("/5", "Content-Length: 1\r\n", "a");
      const got = await sendRaw(proxy.url, bytes, { until: /\/5$/ });
      expect(statuses(got)).toEqual(Array(5).fill("200"));
      expect(asked().slice(1)).toEqual(["/2", "/slow3", "/4", "/5"]);
    });

    it("does not delay them if its content arrives with them", async () => {
      const head = post("/first", `${H2C}Content-Length: 6\r\n`, "abc");
      const got = await sendRaw(proxy.url, [head, `def${get("/2")}`, get("/3")], { until: /\/3$/ });
      expect(statuses(got)).toEqual(["200", "200", "200"]);
      expect(origin.requests[0]?.content.toString()).toBe("abcdef");
    });

    it("does not affect half of a request after it", async () => {
      const half = get("/2");
      const got = await sendRaw(proxy.url, [get("/1", H2C) + half.slice(0, 9), half.slice(9)], {
        until: /\/2$/,
      });
      expect(statuses(got)).toEqual(["200", "200"]);
    });

    const declined = (paths: readonly string[]): string =>
      paths.map((path) => get(path, H2C)).join("");

    it.each<[string, readonly string[]]>([
      ["two, then one more", [declined(["/1", "/2"]), declined(["/3"]) + get("/4")]],
      ["three, then two more", [declined(["/1", "/2", "/3"]), declined(["/4", "/5"]) + get("/6")]],
      ["one in each piece", [declined(["/1"]), declined(["/2"]) + get("/3"), get("/4")]],
    ])("sends each later request once: %s", async (_what, pieces) => {
      const paths = pieces.join("").match(/(?<=GET )\S+/g) ?? [];
      const until = new RegExp(`${paths.at(-1)}$`);
      const got = await sendRaw(proxy.url, pieces, { until, timeout: 10_000 });
      // A request that is sent again would come now.
      await sleep(300);
      expect(asked()).toEqual(paths);
      expect(statuses(got)).toEqual(paths.map(() => "200"));
    });

    it("does not affect later requests if more wait than are read at a time", async () => {
      const many = Array.from({ length: 150 }, (_, i) => `/${i + 1}`);
      const all = get("/slow") + declined(many) + get("/last");
      const got = await sendRaw(proxy.url, all, { until: /\/last$/ });
      expect(asked()).toEqual(["/slow", ...many, "/last"]);
      expect(statuses(got)).toHaveLength(152);
    });

    it.each(Object.keys(GARBAGE))("is answered before a later packet: %s", async (what) => {
      const pieces = [get("/1", H2C), GARBAGE[what] as string];
      const got = await sendRaw(proxy.url, pieces, { timeout: 1500 });
      const [first, ...others] = statuses(got);
      expect(first).toBe("200");
      expect(others.length).toBeLessThan(2);
      for (const status of others) expect(Number(status)).toBeGreaterThanOrEqual(400);
    });

    it.each(Object.keys(GARBAGE))(
      "is answered before bytes that are no request: %s",
      async (what) => {
        const got = await sendRaw(proxy.url, get("/1", H2C) + GARBAGE[what], { timeout: 1500 });
        const [first, ...others] = statuses(got);
        expect(first).toBe("200");
        for (const status of others) expect(Number(status)).toBeGreaterThanOrEqual(400);
        expect(asked().filter((each) => each !== "/bad")).toEqual(["/1"]);
      },
    );
  });

  describe("after a request that the proxy itself answers at once", () => {
    // Its response is over, and the end of that not told, as the last one is parsed.
    const begin =
      `OPTIONS /0 HTTP/1.1\r\n${HOST}Max-Forwards: 0\r\n\r\n` +
      get("/slow") +
      get("/2", "Upgrade: h2c\r\nConnection: upgrade\r\n");

    it("requests are carried out in their turn", async () => {
      const got = await sendRaw(proxy.url, begin + get("/3"), { until: /\/3$/ });
      expect(asked()).toEqual(["/slow", "/2", "/3"]);
      expect(got.match(/(?<=\r\n\r\n)\/(?:slow|\d)/g)).toEqual(asked());
    });

    it("a response that breaks off ends the connection in its turn", async () => {
      const answer = origin.answer;
      origin.answer = (request, socket) =>
        request.startLine.includes("/3")
          ? { bytes: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart", close: true }
          : answer(request, socket);
      const began = performance.now();
      const got = await sendRaw(proxy.url, begin + get("/3"), { timeout: 5000 });
      expect(got.endsWith("\r\n\r\npart")).toBe(true);
      expect(performance.now() - began).toBeLessThan(4000);
    });

    it.each(Object.keys(GARBAGE))("good requests get no refusal of %s", async (what) => {
      const got = await sendRaw(proxy.url, begin + GARBAGE[what], { timeout: 1500 });
      const [first, second, third, ...others] = statuses(got);
      expect([first, second, third]).toEqual(["204", "200", "200"]);
      for (const status of others) expect(Number(status)).toBeGreaterThanOrEqual(400);
    });
  });

  it("answers thousands of simultaneous requests, in order", async () => {
    const paths = Array.from({ length: 1000 }, (_, i) => `/${i}`);
    const got = await sendRaw(proxy.url, paths.map((path) => get(path)).join(""), {
      until: /\r\n\r\n\/999$/,
      timeout: 20_000,
    });
    expect(got.match(/\r\n\r\n\/\d+/g)?.map((each) => each.slice(4))).toEqual(paths);
  }, 25_000);

  it("releases a client that leaves in the middle of all that", async () => {
    const pieces = Array.from({ length: 200 }, () => get("/slow"));
    await sendRaw(proxy.url, pieces.join(""), { timeout: 50 });
    const got = await sendRaw(proxy.url, get("/after", "Connection: close\r\n"));
    expect(got.endsWith("/after")).toBe(true);
  });
});
