import { parseList, type Token } from "structured-headers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { send, type RequestOptions } from "../support/client.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { sendRaw, statusOf } from "../support/raw.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const TOKEN = "token-of-the-operator-0123456789";
/** Nothing listens at the discard port. */
const REFUSING = "http://127.0.0.1:9";
/** workerd writes its log to another process. */
const PATIENT = { timeout: 20_000 };
const UPGRADE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** The bytes of a response, or "reset", "hang" or "broken". */
type Answer = (path: string, method: string) => string;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("several origin servers on %s", (runtime) => {
  const servers: Record<string, RawOrigin> = {};
  const answers = new Map<string, Answer>();
  let proxy: Proxy;

  const page = (text: string, fields = "Cache-Control: max-age=60\r\n"): string =>
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${fields}Content-Length: ${text.length}\r\n\r\n${text}`;
  const start = async (name: string): Promise<string> => {
    const server = await startRawOrigin();
    servers[name] = server;
    server.answer = ({ startLine: line }, socket) => {
      const [method = "", path = ""] = line.split(" ");
      const answer = answers.get(name)?.(path, method) ?? page(`${name} ${path}`);
      if (answer === "reset") socket.resetAndDestroy();
      else if (answer === "broken") setImmediate(() => socket.resetAndDestroy());
      else if (answer !== "hang") return { bytes: answer };
      return {
        bytes: answer === "broken" ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc" : "",
      };
    };
    return server.url;
  };
  const pathsOf = (name: string) =>
    servers[name]?.requests.map(({ startLine: line }) => line.split(" ").slice(0, 2).join(" ")) ??
    [];
  const get = (path: string, options: RequestOptions = {}) => send(proxy.url + path, options);
  const textOf = async (path: string, options: RequestOptions = {}) =>
    (await get(path, options)).body.toString();
  // The output of workerd comes in pieces, each with any number of lines.
  const events = (name: string) =>
    proxy.log
      .join("")
      .split("\n")
      .filter((line) => line.includes("origin-address-out") && line.includes(`"name":"${name}"`))
      .length;

  beforeAll(async () => {
    const [main, blog, shop, spare, other] = await Promise.all(
      ["main", "blog", "shop", "spare", "other"].map((name) => start(name)),
    );
    const pair = { failover: { statuses: [503], failures: 2, wait: "1h" } };
    proxy = await RUNTIMES[runtime]({
      origin: main as string,
      adminToken: TOKEN,
      logLevel: "access",
      rules: {
        origins: {
          blog,
          shop: { url: [shop, spare], timeouts: { connect: "5s", head: "1s" }, ...pair },
          away: { url: [REFUSING, spare], ...pair },
          gone: { url: [REFUSING, "http://127.0.0.1:1"], ...pair },
          other,
        },
        defaults: { cache: { after: 1 } },
        rules: [
          { name: "drafts", match: { path: "/blog/drafts/*" }, cache: false },
          { name: "traced", match: { path: "/shop/traced" }, markdown: false, debug: "public" },
          { name: "blog", match: { path: "/blog/*" }, origin: "blog" },
          { name: "shop", match: { path: "/shop/*" }, cache: false, origin: "shop" },
          { name: "away", match: { path: "/away/*" }, cache: false, origin: "away" },
          { name: "gone", match: { path: "/gone/*" }, cache: false, origin: "gone" },
          { name: "host", match: { host: "other.example" }, origin: "other" },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    for (const server of Object.values(servers)) await server.close();
  });
  beforeEach(() => {
    answers.clear();
    for (const server of Object.values(servers)) server.requests.length = 0;
  });

  it("get the requests for their paths and hosts", async () => {
    expect(await textOf("/a")).toBe("main /a");
    expect(await textOf("/blog/a")).toBe("blog /blog/a");
    expect(await textOf("/blog/drafts/a")).toBe("blog /blog/drafts/a");
    expect(await textOf("/x/../blog/b")).toBe("blog /blog/b");
    expect(await textOf("/%62log/c")).toMatch(/^blog /);
    expect(await textOf("/blog", {})).toBe("main /blog");
    expect(await textOf("/a", { headers: { host: "other.example" } })).toBe("other /a");
    expect(await textOf("/blog/a", { headers: { host: "other.example" } })).toMatch(/^blog /);
    expect((await get("/shop/a", { method: "POST", body: "x" })).body.toString()).toBe(
      "shop /shop/a",
    );
    expect(servers["blog"]?.requests[0]?.fields).toContainEqual([
      expect.stringMatching(/^host$/i),
      new URL(servers["blog"]!.url).host,
    ]);
  });

  it("are named in the access log", PATIENT, async () => {
    await get("/shop/named");
    await get("/named");
    const lineOf = (path: string): string | undefined =>
      proxy.log
        .join("")
        .split("\n")
        .find((line) => line.includes(`"path":"${path}"`) && line.endsWith("}"));
    await expect.poll(() => lineOf("/named"), PATIENT).toBeDefined();
    await expect.poll(() => lineOf("/shop/named"), PATIENT).toContain('"originName":"shop"');
    expect(lineOf("/named")).not.toContain("originName");
  });

  it("are named in traces", async () => {
    const { headers } = await get("/shop/traced");
    const members = parseList(String(headers["wayleave-trace"]));
    const [, params] = members.find(([item]) => (item as Token).toString() === "origin") ?? [];
    expect(params?.get("name")).toBe("shop");
    expect(params?.get("status")).toBe(200);
    expect(params?.get("ms")).toEqual(expect.any(Number));
  });

  it("have stored responses of their own", async () => {
    await get("/stored");
    await get("/stored", { headers: { host: "other.example" } });
    expect(await textOf("/stored")).toBe("main /stored");
    expect(await textOf("/stored", { headers: { host: "other.example" } })).toBe("other /stored");
    expect([pathsOf("main"), pathsOf("other")]).toEqual([["GET /stored"], ["GET /stored"]]);
  });

  it("have their own addresses in redirects mapped, and no other", async () => {
    const redirect = (to: string) =>
      `HTTP/1.1 302 Found\r\nLocation: ${to}/x\r\nContent-Length: 0\r\n\r\n`;
    const { blog, main, spare } = servers;
    answers.set("blog", (path) => redirect(path === "/blog/own" ? blog!.url : main!.url));
    answers.set("shop", () => redirect(spare!.url));
    expect((await get("/blog/own")).headers.location).toBe(`${proxy.url}/x`);
    expect((await get("/blog/main")).headers.location).toBe(`${main!.url}/x`);
    expect((await get("/shop/a")).headers.location).toBe(`${proxy.url}/x`);
  });

  it("relay a part, and a WebSocket, of the server of the path", async () => {
    answers.set(
      "blog",
      () =>
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/9\r\nContent-Length: 2\r\n\r\nbc",
    );
    const part = await get("/blog/part", { headers: { range: "bytes=1-2" } });
    expect([part.status, part.body.toString()]).toEqual([206, "bc"]);
    answers.set("blog", () => "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    const raw = `GET /blog/socket HTTP/1.1\r\nHost: a.example\r\n${UPGRADE}`;
    expect(statusOf(await sendRaw(proxy.url, raw, { until: /no$/ }))).toBe(403);
    expect(pathsOf("blog")).toContain("GET /blog/socket");
    expect(pathsOf("main")).toEqual([]);
  });

  it.each(["reset", "hang", "HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"])(
    "have another address that gets a GET after %j",
    async (fault) => {
      answers.set("shop", () => fault);
      expect(await textOf("/shop/a")).toBe("spare /shop/a");
      expect(pathsOf("spare")).toEqual(["GET /shop/a"]);
      answers.clear();
      // A response ends the count of failures.
      expect(await textOf("/shop/b")).toBe("shop /shop/b");
    },
  );

  it("never get a POST twice, and none after a part of a response", async () => {
    answers.set("shop", () => "reset");
    expect((await get("/shop/a", { method: "POST", body: "x" })).status).toBe(502);
    expect(pathsOf("shop")).toEqual(["POST /shop/a"]);
    answers.set("shop", () => page("whole"));
    await get("/shop/b");
    answers.set("shop", () => "broken");
    await expect(get("/shop/c")).rejects.toThrow();
    expect(pathsOf("spare")).toEqual([]);
    answers.clear();
    await get("/shop/d");
  });

  it("give the last failure if all addresses fail", async () => {
    for (const name of ["shop", "spare"]) {
      answers.set(name, () => "HTTP/1.1 503 Away\r\nContent-Length: 4\r\n\r\naway");
    }
    const got = await get("/shop/a");
    expect([got.status, got.body.toString()]).toEqual([503, "away"]);
    answers.clear();
    expect(await textOf("/shop/b")).toMatch(/^(?:shop|spare) /);
  });

  it("leave out an address that has failed, which the log says once, and the operator sees", async () => {
    for (let i = 0; i < 4; i++) expect(await textOf(`/away/${i}`)).toBe(`spare /away/${i}`);
    // The address that is out no longer costs this request.
    const posted = await get("/away/p", { method: "POST", body: "x" });
    expect(posted.body.toString()).toBe("spare /away/p");
    const { body } = await get("/.wayleave/health", {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const { origins } = JSON.parse(body.toString()) as { origins: { name: string }[] };
    expect(origins.find(({ name }) => name === "away")).toMatchObject({
      addresses: [
        { address: REFUSING, failures: 2, outFor: expect.any(Number) },
        { failures: 0, outFor: 0 },
      ],
    });
    await expect.poll(() => events("away"), PATIENT).toBe(1);
  });

  it("are tried all the same if every address is out", async () => {
    for (let i = 0; i < 5; i++) expect((await get(`/gone/${i}`)).status).toBe(502);
    await expect.poll(() => events("gone"), PATIENT).toBe(2);
  });
});
