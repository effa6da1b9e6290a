import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import type { RawMessage } from "../support/raw-message.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("proxy duties on %s", (runtime) => {
  let origin: RawOrigin;
  let direct: Proxy;
  let behindTwo: Proxy;
  let named: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    const start = (rules: object) => RUNTIMES[runtime]({ origin: origin.url, rules });
    const markdown = { defaults: { markdown: true } };
    [direct, behindTwo, named] = await Promise.all([
      start(markdown),
      start({ agents: { trustedProxyHops: 2 } }),
      start({ publicOrigin: "https://www.example.com", originHost: "public" }),
    ]);
  });

  afterAll(async () => {
    await Promise.all([direct?.close(), behindTwo?.close(), named?.close()]);
    await origin?.close();
  });

  /** What the origin sees of a request. */
  const seen = async (
    proxy: Proxy,
    headers: Record<string, string>,
    path = "/seen",
  ): Promise<RawMessage> => {
    origin.requests.length = 0;
    origin.answer = () => ({ bytes: OK });
    await send(proxy.url + path, { headers });
    return origin.requests[0] as RawMessage;
  };

  it("adds itself to the Via of requests, behind those received, and leaves that of responses", async () => {
    origin.answer = () => ({ bytes: OK.replace("\r\n", "\r\nVia: 1.0 inner (x)\r\n") });
    origin.requests.length = 0;
    const got = await send(`${direct.url}/via`, { headers: { via: "2 outer" } });
    expect(got.headers.via).toBe("1.0 inner (x)");
    expect(valueOf(origin.requests[0], "via")).toBe("2 outer, 1.1 wayleave");
  });

  it("adds no Via to its own responses", async () => {
    expect((await send(`${direct.url}/.wayleave/ready`)).headers.via).toBeUndefined();
  });

  it("tells the origin the client's address, whatever the client says", async () => {
    const { host } = new URL(direct.url);
    const got = await seen(direct, {
      forwarded: "for=192.0.2.1;proto=https",
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      "x-forwarded-port": "1",
    });
    expect(valueOf(got, "forwarded")).toBe(`for=127.0.0.1;host="${host}";proto=http`);
    expect(valueOf(got, "x-forwarded-for")).toBe("127.0.0.1");
    expect(valueOf(got, "x-forwarded-host")).toBe(host);
    expect(valueOf(got, "x-forwarded-proto")).toBe("http");
    expect(valueOf(got, "x-forwarded-port")).toBeUndefined();
  });

  it("trusts the configured number of proxies in front, and no member before them", async () => {
    const got = await seen(behindTwo, {
      forwarded: "for=evil",
      "x-forwarded-for": "192.0.2.66, 2001:db8::1, 198.51.100.7",
      "x-forwarded-host": "evil.example, www.example.com, inner.example.com",
      "x-forwarded-proto": "https",
    });
    expect(valueOf(got, "x-forwarded-for")).toBe("2001:db8::1, 198.51.100.7, 127.0.0.1");
    expect(valueOf(got, "forwarded")).toBe(
      'for="[2001:db8::1]";host=www.example.com;proto=https, for=198.51.100.7, for=127.0.0.1',
    );
    expect(valueOf(got, "x-forwarded-host")).toBe("www.example.com");
    expect(valueOf(got, "x-forwarded-proto")).toBe("https");
  });

  it("names the public origin if one is set", async () => {
    const got = await seen(named, { "x-forwarded-proto": "http" });
    expect(valueOf(got, "forwarded")).toBe("for=127.0.0.1;host=www.example.com;proto=https");
    expect(valueOf(got, "x-forwarded-host")).toBe("www.example.com");
  });

  it("names the host to the origin as the rules say, or says that it can't", async () => {
    const host = valueOf(await seen(named, {}), "host");
    const warned = named.log.join("").includes("origin-host-unsupported");
    // fetch() on Workers writes Host from its URL.
    const own = new URL(origin.url).host;
    expect({ host, warned }).toEqual(
      runtime === "node" ? { host: "www.example.com", warned: false } : { host: own, warned: true },
    );
  });

  it("names the origin's own host to the origin otherwise", async () => {
    expect(valueOf(await seen(direct, {}), "host")).toBe(new URL(origin.url).host);
  });

  it("counts Max-Forwards down for OPTIONS, and answers at 0", async () => {
    origin.requests.length = 0;
    origin.answer = () => ({ bytes: OK });
    const ask = (value: string) =>
      send(`${direct.url}/o`, { method: "OPTIONS", headers: { "max-forwards": value } });
    expect((await ask("2")).status).toBe(200);
    expect(valueOf(origin.requests[0], "max-forwards")).toBe("1");
    const last = await ask("0");
    expect(last.status).toBe(204);
    expect(last.headers.allow).toContain("OPTIONS");
    expect(origin.requests).toHaveLength(1);
    expect(valueOf(await seen(direct, { "max-forwards": "0" }), "max-forwards")).toBe("0");
  });

  it("forwards all codings and dictionaries if no feature reads the response, and otherwise only readable ones", async () => {
    const offer = { "accept-encoding": "gzip, dcb, zz;q=0.5", "available-dictionary": ":AA==:" };
    const plain = await seen(direct, offer);
    expect(valueOf(plain, "accept-encoding")).toBe("gzip, dcb, zz;q=0.5");
    expect(valueOf(plain, "available-dictionary")).toBe(":AA==:");
    const read = await seen(direct, { ...offer, accept: "text/markdown", range: "bytes=0-1" });
    expect(valueOf(read, "accept-encoding")).toBe("gzip");
    expect(valueOf(read, "available-dictionary")).toBeUndefined();
    expect(valueOf(read, "range")).toBe("bytes=0-1");
    // Markdown that is requested by its address is made of the whole page.
    const whole = await seen(direct, { ...offer, range: "bytes=0-1" }, "/seen/index.md");
    expect(valueOf(whole, "accept-encoding")).toBe("gzip");
    expect(valueOf(whole, "range")).toBeUndefined();
  });

  it.each([
    ["the origin", { response: "no-transform", request: "max-age=0" }],
    ["the client", { response: "max-age=60", request: "max-age=0, No-Transform" }],
  ])("leaves content unchanged if %s forbids to transform it", async (_who, control) => {
    origin.answer = () => ({
      bytes: `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: ${control.response}\r\nContent-Length: 9\r\n\r\n<p>x</p>\n`,
    });
    const got = await send(`${direct.url}/page/`, {
      headers: { accept: "text/markdown", "cache-control": control.request },
    });
    expect(got.headers["content-type"]).toBe("text/html");
    expect(got.body.toString()).toBe("<p>x</p>\n");
    expect(got.headers.vary).toBe("Accept");
  });

  it("drops trailers, and sends no TE", async () => {
    origin.requests.length = 0;
    origin.answer = () => ({
      bytes:
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
    });
    const got = await sendRaw(
      direct.url,
      "GET /t HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n",
    );
    expect(got).toMatch(/\r\n2\r\nok\r\n0\r\n\r\n$/);
    expect(got).not.toMatch(/X-Sum/i);
    expect(valueOf(origin.requests[0], "te")).toBeUndefined();
  });

  it("passes interim responses on if the runtime can, and always the final one", async () => {
    origin.answer = () => ({
      bytes: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}`,
    });
    const ask = (version: string) =>
      sendRaw(direct.url, `GET /1 HTTP/${version}\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const got = await ask("1.1");
    expect(got.match(/HTTP\/1\.1 \d+/g)).toEqual(
      runtime === "node" ? ["HTTP/1.1 103", "HTTP/1.1 102", "HTTP/1.1 200"] : ["HTTP/1.1 200"],
    );
    expect(got.includes("</a.css>; rel=preload")).toBe(runtime === "node");
    expect(statusOf(await ask("1.0"))).toBe(200);
  });

  it("sends 100 Continue to a client that waits for it, and streams the content", async () => {
    origin.requests.length = 0;
    origin.answer = () => ({ bytes: OK });
    const head =
      "POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    const got = await sendRaw(direct.url, [head, "abc", "def"]);
    expect(got).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(origin.requests[0]?.content.toString()).toBe("abcdef");
    expect(valueOf(origin.requests[0], "expect")).toBeUndefined();
  });
});

describe("proxy duties on Node only", () => {
  it("sends no 100 Continue if no origin accepts the content", async () => {
    const proxy = await RUNTIMES.node({ origin: "http://127.0.0.1:9", rules: {} });
    const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    const got = await sendRaw(proxy.url, head);
    expect(statusOf(got)).toBe(502);
    expect(got).toMatch(/\r\nConnection: close\r\n/);
    const other = await sendRaw(proxy.url, head.replace("100-continue", "miracles"));
    expect(statusOf(other)).toBe(417);
    await proxy.close();
  });
});

function valueOf(message: RawMessage | undefined, name: string): string | undefined {
  const lines = message?.fields.filter(([each]) => each.toLowerCase() === name) ?? [];
  return lines.length === 0 ? undefined : lines.map(([, value]) => value).join(", ");
}
