// Limits of access, from outside: what is admitted, what is refused and how, and what no one else sees.
import { parseList, type Item } from "structured-headers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open, send, type RawResponse } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const PAGE = `<!doctype html><title>A</title><main><h1>A</h1><p>${"text ".repeat(200)}</p></main>`;

/** The members of a List of Strings with parameters, by an independent parser (RFC 9651). */
function members(value: unknown): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    parseList(String(value)).map((item) => {
      const [name, parameters] = item as Item;
      expect(typeof name).toBe("string");
      return [name, Object.fromEntries(parameters)];
    }),
  );
}

const RULES = {
  agents: {
    trustedProxyHops: 1,
    bots: [
      {
        name: "NiceBot",
        tokens: ["NiceBot"],
        operator: "Nice",
        category: "AI Crawler",
        ipRanges: ["198.51.100.0/24", "203.0.113.0/24"],
      },
      {
        name: "OtherBot",
        tokens: ["OtherBot"],
        operator: "Nice",
        category: "AI Crawler",
        ipRanges: ["198.51.100.0/24"],
      },
    ],
  },
  defaults: { markdown: true, compression: false, cache: { after: 1 } },
  rules: [
    {
      name: "api",
      match: { path: "/api/*" },
      access: { action: "limit", requests: 3, per: "1h", burst: 2, sharedCaches: "bypass" },
    },
    {
      name: "several",
      match: { path: "/several/*" },
      access: {
        action: "limit",
        limits: [
          { requests: 5, per: "1m" },
          { requests: 2, per: "1d", key: "operator" },
          { concurrent: 100 },
        ],
      },
    },
    {
      name: "bytes",
      match: { path: "/bytes/*" },
      access: { action: "limit", bytes: 5000, per: "1h" },
    },
    {
      name: "concurrent",
      match: { path: "/concurrent/*" },
      access: { action: "limit", concurrent: 2 },
    },
    {
      name: "observed",
      match: { path: "/observed/*" },
      access: { action: "limit", mode: "observe", requests: 1, per: "1h" },
    },
    {
      name: "single addresses",
      match: { path: "/single/*" },
      access: { action: "limit", requests: 1, per: "1h", ipv4Prefix: 32, key: "address" },
    },
    { name: "rest", access: { action: "limit", requests: 2, per: "1h" } },
  ],
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("limits on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  let network = 0;

  beforeAll(async () => {
    origin = await startOrigin();
    origin.missing = (request, response) => {
      const isPrivate = request.url?.includes("private") === true;
      response.writeHead(request.url?.includes("moved") === true ? 302 : 200, {
        "content-type": "text/html",
        "cache-control": isPrivate ? "private, max-age=60" : "max-age=600",
        ...(request.url?.includes("moved") === true ? { location: "/elsewhere" } : {}),
      });
      response.end(PAGE);
    };
    origin.routes.set("/robots.txt", (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" }).end("User-agent: *\n");
    });
    origin.routes.set("/concurrent/slow", (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      const timer = setInterval(() => response.write("x".repeat(1000)), 20);
      response.on("close", () => clearInterval(timer));
    });
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: RULES, logLevel: "requests" });
  }, 60_000);
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  /** An address of a network of its own. */
  const stranger = (): string => `10.${++network >> 8}.${network & 255}.7`;
  const get = (
    target: string,
    address: string,
    headers: Readonly<Record<string, string>> = {},
    method = "GET",
  ): Promise<RawResponse> =>
    send(proxy.url + target, { method, headers: { "x-forwarded-for": address, ...headers } });
  const statuses = async (count: number, ...args: Parameters<typeof get>): Promise<number[]> => {
    const all: number[] = [];
    for (let i = 0; i < count; i++) all.push((await get(...args)).status);
    return all;
  };

  it("refuses with a problem document and fields that an independent parser reads", async () => {
    const address = stranger();
    expect(await statuses(2, "/page", address)).toEqual([200, 200]);
    const asked = origin.requests.length;
    const refused = await get("/page", address);
    expect(origin.requests).toHaveLength(asked);
    expect(refused.status).toBe(429);
    expect(refused.headers["content-type"]).toBe("application/problem+json");
    expect(refused.headers["cache-control"]).toBe("private, no-store");
    expect(refused.headers.vary).not.toMatch(/user-agent|signature/i);
    expect(JSON.parse(refused.body.toString())).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "The limit is exceeded",
      status: 429,
      detail: expect.stringContaining("The limit is 2 requests in 1 hour.") as string,
      "violated-policies": ["requests-1h"],
    });
    expect(members(refused.headers["ratelimit-policy"])).toEqual({
      "requests-1h": { q: 2, w: 3600 },
    });
    const { r, t } = members(refused.headers["ratelimit"])["requests-1h"] ?? {};
    expect(r).toBe(0);
    expect(Number(t)).toBeGreaterThan(3500);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(Number(t));
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(3600);
  });

  it.each([
    ["text/html", "text/html; charset=utf-8", "<h1>429 The limit is exceeded</h1>"],
    ["text/markdown", "text/markdown; charset=utf-8", "# 429 The limit is exceeded"],
    ["application/json", "application/problem+json", '"status": 429'],
    ["*/*", "application/problem+json", '"status": 429'],
    [`${"text/html;q=0.1, ".repeat(2000)}x`, undefined, undefined],
    ['"\u0000\\', "application/problem+json", '"status": 429'],
  ])("negotiates the refusal for Accept: %.40s", async (accept, type, content) => {
    const address = stranger();
    await statuses(2, "/page", address);
    let refused;
    try {
      refused = await get("/page", address, { accept });
    } catch {
      // The client itself does not send such a field.
      return;
    }
    if (type === undefined) {
      expect([429, 431]).toContain(refused.status);
      return;
    }
    expect(refused.status).toBe(429);
    expect(refused.headers["content-type"]).toBe(type);
    expect(refused.body.toString()).toContain(content);
    expect(refused.headers.vary).toMatch(/accept/i);
  });

  it("answers HEAD without content, and counts it", async () => {
    const address = stranger();
    expect(await statuses(2, "/page", address, {}, "HEAD")).toEqual([200, 200]);
    const refused = await get("/page", address, {}, "HEAD");
    expect(refused.status).toBe(429);
    expect(refused.body).toHaveLength(0);
    expect(refused.headers["ratelimit-policy"]).toBeDefined();
  });

  it("counts strangers by /24 and /64, and whoever claims to be a bot with them", async () => {
    const net = stranger().replace(/\.7$/, "");
    const bot = { "user-agent": "NiceBot/1.0" };
    expect(await statuses(1, "/page", `${net}.1`, bot)).toEqual([200]);
    expect(await statuses(1, "/page", `${net}.2`, { "user-agent": "OtherBot" })).toEqual([200]);
    expect(await statuses(1, "/page", `${net}.200`, { "user-agent": "New/3" })).toEqual([429]);
    expect(await statuses(2, "/page", "2001:db8:1:2::1", bot)).toEqual([200, 200]);
    expect(await statuses(1, "/page", "2001:db8:1:2:ffff::9", bot)).toEqual([429]);
    expect(await statuses(1, "/page", "2001:db8:1:3::1", bot)).toEqual([200]);
    expect(await statuses(1, "/single/a", `${net}.1`)).toEqual([200]);
    expect(await statuses(1, "/single/a", `${net}.2`)).toEqual([200]);
    expect(await statuses(1, "/single/a", `${net}.2`)).toEqual([429]);
  });

  it("counts a verified agent by its name, wherever it comes from", async () => {
    const bot = { "user-agent": "NiceBot/1.0" };
    expect(await statuses(1, "/page", "198.51.100.1", bot)).toEqual([200]);
    expect(await statuses(1, "/page", "203.0.113.1", bot)).toEqual([200]);
    expect(await statuses(1, "/page", "198.51.100.2", bot)).toEqual([429]);
    expect(await statuses(1, "/page", "198.51.100.2", { "user-agent": "OtherBot" })).toEqual([200]);
  });

  it("counts several limits together, all or none", async () => {
    const nice = { "user-agent": "NiceBot" };
    const other = { "user-agent": "OtherBot" };
    expect(await statuses(1, "/several/a", "198.51.100.1", nice)).toEqual([200]);
    expect(await statuses(1, "/several/a", "198.51.100.1", other)).toEqual([200]);
    const refused = await get("/several/a", "198.51.100.1", nice);
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.body.toString())).toMatchObject({
      "violated-policies": ["requests-1d"],
    });
    expect(Object.keys(members(refused.headers["ratelimit-policy"]))).toEqual(["requests-1d"]);
    // The agent's own limit of a minute has 4 left, whatever was refused.
    expect(await statuses(6, "/several/a", "198.51.100.1", nice)).toEqual(
      Array.from({ length: 6 }, () => 429),
    );
    const address = stranger();
    expect(await statuses(3, "/several/private", address)).toEqual([200, 200, 429]);
  });

  it("tells an admitted client its state only in responses that no shared cache stores", async () => {
    const address = stranger();
    const first = await get("/api/a", address);
    expect(first.headers["cache-control"]).toMatch(/private/);
    expect(members(first.headers["ratelimit-policy"])).toEqual({
      "requests-1h": { q: 3, w: 3600 },
      "requests-1h-burst": { q: 2, w: 36_000 },
    });
    expect(members(first.headers["ratelimit"])).toMatchObject({ "requests-1h": { r: 2 } });
    expect(await statuses(4, "/api/a", address)).toEqual([200, 200, 200, 200]);
    expect(await statuses(1, "/api/a", address)).toEqual([429]);

    const page = await get("/page", stranger());
    expect(page.headers).not.toHaveProperty("ratelimit");
    expect(page.headers).not.toHaveProperty("ratelimit-policy");
    expect(page.headers["cache-control"]).toBe("max-age=600");
    const own = await get("/private", stranger());
    expect(members(own.headers["ratelimit"])).toMatchObject({ "requests-1h": { r: 1 } });
    const posted = await get("/page", stranger(), {}, "POST");
    expect(members(posted.headers["ratelimit"])).toMatchObject({ "requests-1h": { r: 1 } });
    const moved = await get("/private-moved", stranger());
    expect(moved.status).toBe(302);
    expect(moved.headers).toHaveProperty("ratelimit-policy");
    expect(moved.headers).not.toHaveProperty("ratelimit");
  });

  it("counts a page and its markdown once", async () => {
    const address = stranger();
    const markdown = { accept: "text/markdown" };
    expect(await statuses(2, "/page/", address, markdown)).toEqual([200, 200]);
    expect(await statuses(1, "/page/index.md", address)).toEqual([429]);
    expect(await statuses(2, "/page/index.md", stranger())).toEqual([200, 200]);
  });

  it("counts answers from the cache", async () => {
    await statuses(2, "/cached", stranger());
    const asked = origin.requests.length;
    expect(await statuses(3, "/cached", stranger())).toEqual([200, 200, 429]);
    expect(origin.requests).toHaveLength(asked);
  });

  it("never limits robots.txt", async () => {
    expect(await statuses(5, "/robots.txt", stranger())).toEqual([200, 200, 200, 200, 200]);
  });

  it("counts bytes at the end of each response, and checks them before the next", async () => {
    const address = stranger();
    const all: number[] = [];
    for (let i = 0; i < 12; i++) {
      all.push((await get("/bytes/a", address)).status);
      // The end of the response is counted after its last byte.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const admitted = all.filter((status) => status === 200).length;
    expect(admitted).toBeGreaterThanOrEqual(3);
    expect(admitted).toBeLessThanOrEqual(5);
    expect(all.slice(admitted)).toEqual(Array.from({ length: 12 - admitted }, () => 429));
    const refused = await get("/bytes/a", address);
    expect(members(refused.headers["ratelimit-policy"])).toEqual({
      "bytes-1h": { q: 5000, w: 3600, qu: "content-bytes" },
    });
  });

  it("frees slots at the end of each response, and when a client leaves", async () => {
    const address = stranger();
    const headers = { "x-forwarded-for": address };
    const first = await open(`${proxy.url}/concurrent/slow`, { headers });
    const second = await open(`${proxy.url}/concurrent/slow`, { headers });
    const refused = await get("/concurrent/a", address);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(members(refused.headers["ratelimit-policy"])).toEqual({
      concurrent: { q: 2, qu: "concurrent-requests" },
    });
    expect(members(refused.headers["ratelimit"])).toEqual({ concurrent: { r: 0 } });
    expect(await statuses(1, "/concurrent/a", stranger())).toEqual([200]);
    first.destroy();
    await freed(address);
    expect(await statuses(4, "/concurrent/a", address)).toEqual([200, 200, 200, 200]);
    second.destroy();
  });

  /** Waits until a slot is free, for at most five seconds. */
  async function freed(address: string): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if ((await get("/concurrent/a", address)).status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it("counts in observe mode, refuses no one, and reports who would have been refused", async () => {
    const address = stranger();
    expect(await statuses(3, "/observed/a", address)).toEqual([200, 200, 200]);
    const network = `${address.replace(/\.7$/, ".0")}/24`;
    const lines = proxy.log
      .join("")
      .split("\n")
      .filter((line) => line.includes("over-limit") && line.includes("observe"));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join("\n")).toContain(network);
  });
});
