import { describe, expect, test } from "vitest";
import { nodeDns, type NodeDns } from "../../src/agent/dns-node.ts";
import { dnsOverHttps } from "../../src/agent/dns-over-https.ts";
import type { DnsAnswer } from "../../src/agent/dns-resolver.ts";
import { parseIpAddress } from "../../src/agent/ip-address.ts";
import { reverseName } from "../../src/agent/address-names.ts";
import { compileHostMasks, isHostMask } from "../../src/agent/host-mask.ts";
import { createReverseDns, type ReverseDnsOptions } from "../../src/agent/reverse-dns.ts";

const records = (values: readonly string[], ttl = 300): DnsAnswer => ({
  kind: "records",
  values,
  ttl,
});
const GOOGLE = compileHostMasks(["googlebot.com", "google.com"]);
const ADDRESS = "66.249.66.1";
const ZONE: Readonly<Record<string, DnsAnswer>> = {
  "PTR 1.66.249.66.in-addr.arpa": records(["Crawl-66-249-66-1.Googlebot.com."]),
  "A crawl-66-249-66-1.googlebot.com": records(["66.249.66.1"], 1000),
};

/** A resolver over a table that counts, and a clock that the test moves. */
function setUp(
  zone: Readonly<Record<string, DnsAnswer>> = ZONE,
  options: Partial<ReverseDnsOptions> = {},
) {
  const clock = { now: 1000 };
  const asked: string[] = [];
  const dns = createReverseDns({
    resolver: {
      lookUp: (name, type) => {
        asked.push(`${type} ${name}`);
        return Promise.resolve(zone[`${type} ${name}`] ?? records([]));
      },
    },
    now: () => clock.now,
    isWanted: () => true,
    ...options,
  });
  return { dns, clock, asked };
}

describe("forward-confirmed reverse DNS", () => {
  test("looks up no inner name that a client's own DNS gives, but those of the operator", async () => {
    const zone = {
      "PTR 1.66.249.66.in-addr.arpa": records(["kubernetes.default.svc.", "a.crawl.internal."]),
    };
    const one = setUp(zone, { isWanted: GOOGLE });
    await one.dns.check(ADDRESS, GOOGLE);
    expect(one.asked).toEqual(["PTR 1.66.249.66.in-addr.arpa"]);
    const other = setUp(zone, { isWanted: compileHostMasks([".crawl.internal"]) });
    await other.dns.check(ADDRESS, GOOGLE);
    expect(other.asked).toEqual(["PTR 1.66.249.66.in-addr.arpa", "A a.crawl.internal"]);
  });

  test.each([
    ["fails", { kind: "unknown" }],
    ["leads elsewhere", records(["192.0.2.1"])],
    ["does not exist", records([])],
  ] as const)("one confirmed name counts, though another one %s", async (_, answer) => {
    const names = ["a.googlebot.com", "b.googlebot.com", "c.googlebot.com"];
    const zone = {
      "PTR 1.66.249.66.in-addr.arpa": records(names, 1000),
      "A a.googlebot.com": answer,
      "A b.googlebot.com": records([ADDRESS], 500),
      "A c.googlebot.com": answer,
    };
    const { dns, clock, asked } = setUp(zone);
    expect(await dns.check(ADDRESS, GOOGLE)).toBe("confirmed");
    clock.now += 499;
    expect(dns.peek(ADDRESS, GOOGLE)).toBe("confirmed");
    expect(asked).toHaveLength(4);
    clock.now += 1;
    expect(dns.peek(ADDRESS, GOOGLE)).toBe("pending");
  });

  test("a confirmed name counts at once, while another is being looked up", async () => {
    const hanging = new Promise<DnsAnswer>(() => undefined);
    const resolver = {
      lookUp: async (name: string, type: string) => {
        if (type === "PTR") return records(["slow.googlebot.com", "crawl.googlebot.com"]);
        return name.startsWith("slow") ? hanging : records([ADDRESS]);
      },
    };
    const { dns } = setUp({}, { resolver });
    expect(await dns.check(ADDRESS, GOOGLE, 500)).toBe("confirmed");
  });

  test("a name that fails leaves only its own operator open", async () => {
    const { dns } = setUp({
      "PTR 1.66.249.66.in-addr.arpa": records(["a.googlebot.com", "b.other.example"]),
      "A a.googlebot.com": { kind: "unknown" },
      "A b.other.example": records(["192.0.2.1"]),
    });
    expect(await dns.check(ADDRESS, GOOGLE)).toBe("unknown");
    expect(await dns.check(ADDRESS, compileHostMasks(["other.example"]))).toBe("refuted");
  });

  test("finds the operator's name among many others, and looks up no more than it must", async () => {
    const many = Array.from({ length: 200 }, (_, at) => `host${at}.cloud.example`);
    const own = Array.from({ length: 20 }, (_, at) => `crawl-${at}.googlebot.com`);
    const zone = {
      "PTR 1.66.249.66.in-addr.arpa": records([...many, ...own]),
      "A crawl-5.googlebot.com": records([ADDRESS]),
    };
    const { dns, asked } = setUp(zone, { isWanted: GOOGLE });
    expect(await dns.check(ADDRESS, GOOGLE)).toBe("confirmed");
    expect(asked).toHaveLength(1 + 8);
  });

  test.each(["kubernetes.default.svc", "a.internal", "a.local", "a.test", "redis", "10.0.0.1"])(
    "looks up no %s, which no operator has",
    async (name) => {
      const zone = { "PTR 1.66.249.66.in-addr.arpa": records([`${name}.`]) };
      const { dns, asked } = setUp(zone, { isWanted: GOOGLE });
      await dns.check(ADDRESS, GOOGLE);
      expect(asked).toEqual(["PTR 1.66.249.66.in-addr.arpa"]);
    },
  );

  test("confirms a name that resolves to the address, and looks it up once", async () => {
    const { dns, asked } = setUp();
    expect(await dns.check(ADDRESS, GOOGLE)).toBe("confirmed");
    expect(await dns.check(ADDRESS, GOOGLE)).toBe("confirmed");
    expect(dns.peek(ADDRESS, GOOGLE)).toBe("confirmed");
    expect(asked).toEqual(Object.keys(ZONE));
  });

  test("works for IPv6", async () => {
    const name = `PTR ${"1.0.0.0".padEnd(47, ".0")}.8.b.d.0.1.0.0.2.ip6.arpa`;
    const { dns } = setUp({
      [name]: records(["bot.search.msn.com"]),
      "AAAA bot.search.msn.com": records(["2001:0db8:0:0::1"]),
    });
    expect(reverseName(parseIpAddress("2001:db8::1")!)).toBe(name.slice(4));
    expect(await dns.check("2001:db8::1", compileHostMasks(["search.msn.com"]))).toBe("confirmed");
  });

  test.each([
    ["no name", {}, "refuted"],
    ["another name", { "PTR 1.66.249.66.in-addr.arpa": records(["host.evil.example"]) }, "refuted"],
    [
      "a name that only looks like it",
      {
        "PTR 1.66.249.66.in-addr.arpa": records(["evilgooglebot.com"]),
        "A evilgooglebot.com": records([ADDRESS]),
      },
      "refuted",
    ],
    [
      "a name that begins like it",
      {
        "PTR 1.66.249.66.in-addr.arpa": records(["googlebot.com.evil.example"]),
        "A googlebot.com.evil.example": records([ADDRESS]),
      },
      "refuted",
    ],
    [
      "a name that leads elsewhere",
      { ...ZONE, "A crawl-66-249-66-1.googlebot.com": records(["66.249.66.2"]) },
      "refuted",
    ],
    [
      "a failure of the first look-up",
      { "PTR 1.66.249.66.in-addr.arpa": { kind: "unknown" } },
      "unknown",
    ],
    [
      "a failure of the second look-up",
      { ...ZONE, "A crawl-66-249-66-1.googlebot.com": { kind: "unknown" } },
      "unknown",
    ],
  ] as const)("%s", async (_, zone, verdict) => {
    expect(await setUp(zone).dns.check(ADDRESS, GOOGLE)).toBe(verdict);
  });

  test("needs an address", async () => {
    const { dns, asked } = setUp();
    expect(await dns.check("unknown", GOOGLE)).toBe("unknown");
    expect(dns.peek("", GOOGLE)).toBe("unknown");
    expect(asked).toEqual([]);
  });

  test("keeps answers for the shortest TTL, failures for a minute", async () => {
    const { dns, asked, clock } = setUp();
    await dns.check(ADDRESS, GOOGLE);
    clock.now += 299;
    await dns.check(ADDRESS, GOOGLE);
    expect(asked).toHaveLength(2);
    clock.now += 1;
    await dns.check(ADDRESS, GOOGLE);
    expect(asked).toHaveLength(4);
    const failing = setUp({ "PTR 1.66.249.66.in-addr.arpa": { kind: "unknown" } });
    for (const seconds of [0, 59, 1]) {
      failing.clock.now += seconds;
      await failing.dns.check(ADDRESS, GOOGLE);
    }
    expect(failing.asked).toHaveLength(2);
  });

  test("can continue after the response: the first verdict is pending, the next one final", async () => {
    const { dns } = setUp();
    const work: Promise<unknown>[] = [];
    const peek = () => dns.peek(ADDRESS, GOOGLE, (promise) => work.push(promise));
    expect(peek()).toBe("pending");
    expect(peek()).toBe("pending");
    await Promise.all(work);
    expect(peek()).toBe("confirmed");
  });

  test("shares one look-up, bounds how many run, and how many are remembered", async () => {
    const { dns, asked } = setUp();
    await Promise.all([dns.check(ADDRESS, GOOGLE), dns.check(ADDRESS, GOOGLE)]);
    expect(asked).toHaveLength(2);
    const addresses = Array.from({ length: 64 * 65 }, (_, at) => `192.0.${at >> 8}.${at & 255}`);
    for (let at = 0; at < addresses.length; at += 65) {
      const ips = addresses.slice(at, at + 65);
      const verdicts = await Promise.all(ips.map((ip) => dns.check(ip, GOOGLE)));
      expect(verdicts).toEqual([...Array<string>(64).fill("refuted"), "unknown"]);
    }
    expect(dns.peek(ADDRESS, GOOGLE)).toBe("pending");
  });

  test("does not wait for a resolver that never answers, nor keep its place for ever", async () => {
    const resolver = { lookUp: () => new Promise<DnsAnswer>(() => undefined) };
    const { dns, clock } = setUp(ZONE, { resolver, deadline: 10 });
    const ips = Array.from({ length: 64 }, (_, at) => `192.0.3.${at}`);
    const verdicts = await Promise.all(ips.map((ip) => dns.check(ip, GOOGLE)));
    expect(new Set(verdicts)).toEqual(new Set(["pending"]));
    expect(await dns.check("192.0.2.9", GOOGLE)).toBe("unknown");
    clock.now += 1;
    expect(await dns.check("192.0.2.9", GOOGLE)).toBe("pending");
  });
});

describe("host masks", () => {
  test.each([
    ["googlebot.com", "googlebot.com", true],
    ["googlebot.com", "crawl-1.googlebot.com", true],
    [".GoogleBot.com.", "a.b.googlebot.com", true],
    ["googlebot.com", "evilgooglebot.com", false],
    ["googlebot.com", "googlebot.com.evil.example", false],
    ["crawl-*.googlebot.com", "crawl-66-249-66-1.googlebot.com", true],
    ["crawl-***-***-***-***.googlebot.com", "crawl-66-249-66-1.googlebot.com", true],
    ["crawl-***-***-***-***.googlebot.com", "crawl-66-249-66.googlebot.com", false],
    ["crawl-*.googlebot.com", "geo-crawl-1.googlebot.com", false],
    ["crawl-*.googlebot.com", "crawl-1.geo.googlebot.com", false],
    ["crawl-*.googlebot.com", "crawl-1.googlebot.com.evil.example", false],
    ["crawl-*.googlebot.com", "crawl-1.evil.example", false],
    ["crawl-*-x.a.example", "crawl--x.a.example", true],
    ["crawl-*-x.a.example", "crawl-x.a.example", false],
    ["a*b*c.a.example", "a1b2c.a.example", true],
    ["a*b*c.a.example", "a1c2b.a.example", false],
    ["*.crawl.example.com", "a.crawl.example.com", true],
    ["*.crawl.example.com", "a.b.crawl.example.com", true],
    ["*.crawl.example.com", "crawl.example.com", false],
    ["rate-limited-proxy-*.google.com", "google-proxy-1-2-3-4.google.com", false],
    ["google-proxy-*.google.com", "rate-limited-proxy-1-2-3-4.google.com", false],
  ])("%s and %s: %s", (mask, name, fits) => {
    expect(compileHostMasks(["other.example", mask])(name)).toBe(fits);
  });

  test.each([
    ["search.msn.com", true],
    [".internal", true],
    ["crawl-*.googlebot.com", true],
    ["", false],
    ["*", false],
    ["*.com", false],
    ["crawl.*.com", false],
    ["a..b", false],
    ["https://a.example", false],
    ["a b.example", false],
  ])("%j is one: %s", (text, isOne) => {
    expect(isHostMask(text)).toBe(isOne);
  });
});

const ask = async (body: unknown, status = 200) => {
  const urls: string[] = [];
  const resolver = dnsOverHttps("https://dns.example/dns-query", (url) => {
    urls.push(url);
    return body instanceof Error
      ? Promise.reject(body)
      : Promise.resolve(Response.json(body, { status }));
  });
  const answer = await resolver.lookUp("x.example", "A", new AbortController().signal);
  expect(urls).toEqual(["https://dns.example/dns-query?name=x.example&type=A"]);
  return answer;
};
const record = (data: string, type = 1, TTL = 60) => ({ name: "x.example", type, TTL, data });

describe("DNS over HTTPS", () => {
  test.each([
    [
      "records behind an alias",
      { Status: 0, Answer: [record("y.example.", 5, 20), record("192.0.2.1")] },
      records(["192.0.2.1"], 20),
    ],
    ["a name that does not exist", { Status: 3 }, records([], 300)],
    ["no record of this type", { Status: 0 }, records([], 300)],
    ["a server's failure", { Status: 2 }, { kind: "unknown" }],
    ["a truncated answer", { Status: 0, TC: true, Answer: [] }, { kind: "unknown" }],
    ["nonsense", [1], { kind: "unknown" }],
    ["nonsense inside", { Status: 0, Answer: [null] }, { kind: "unknown" }],
    ["too much", { Status: 0, Answer: [record("1".repeat(20_000))] }, { kind: "unknown" }],
    ["no network", new TypeError("offline"), { kind: "unknown" }],
  ])("%s", async (_, body, expected) => {
    expect(await ask(body)).toEqual(expected);
  });

  test("an error's status is a failure", async () => {
    expect(await ask({ Status: 0 }, 500)).toEqual({ kind: "unknown" });
  });
});

const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
const resolver = (over: Partial<Record<keyof NodeDns, unknown>>): NodeDns =>
  ({
    resolvePtr: () => Promise.resolve(["a.example"]),
    resolve4: () =>
      Promise.resolve([
        { address: "192.0.2.1", ttl: 7 },
        { address: "192.0.2.2", ttl: 9 },
      ]),
    resolve6: () => Promise.resolve([{ address: "::1", ttl: 99_999 }]),
    ...over,
  }) as unknown as NodeDns;

describe("Node's resolver", () => {
  const { signal } = new AbortController();

  test.each([
    ["PTR", {}, records(["a.example"], 3600)],
    ["A", {}, records(["192.0.2.1", "192.0.2.2"], 7)],
    ["AAAA", {}, records(["::1"], 3600)],
    ["A", { resolve4: failing("ENOTFOUND") }, records([], 300)],
    ["A", { resolve4: failing("ENODATA") }, records([], 300)],
    ["A", { resolve4: failing("ESERVFAIL") }, { kind: "unknown" }],
    ["PTR", { resolvePtr: failing("ETIMEOUT") }, { kind: "unknown" }],
  ] as const)("%s", async (type, over, expected) => {
    expect(await nodeDns(resolver(over)).lookUp("x", type, signal)).toEqual(expected);
  });

  test("stops on an abort signal", async () => {
    const hanging = resolver({ resolvePtr: () => new Promise(() => undefined) });
    const answer = nodeDns(hanging).lookUp("x", "PTR", AbortSignal.timeout(5));
    expect(await answer).toEqual({ kind: "unknown" });
    expect(await nodeDns(hanging).lookUp("x", "PTR", AbortSignal.abort())).toEqual({
      kind: "unknown",
    });
  });
});
