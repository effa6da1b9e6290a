import * as fc from "fast-check";
import { BlockList, isIP } from "node:net";
import { describe, expect, test } from "vitest";
import { parseIpAddress, parseIpPrefix } from "../../src/agent/ip-address.ts";
import { turnsDuring } from "../support/turns.ts";
import { parseIpRangeDocument } from "../../src/agent/ip-range-document.ts";
import { IpRangeList } from "../../src/agent/ip-range-list.ts";
import { parseIpBlocks } from "../../src/agent/ip-blocks.ts";
import { compileIpRanges } from "../../src/agent/ip-ranges.ts";
import { threadClock } from "../support/thread-clock.ts";

const compile = (...blocks: string[]) =>
  compileIpRanges(blocks.map((block) => parseIpPrefix(block)!));

describe("addresses", () => {
  test.each([
    ["192.0.2.1", [0xc0000201]],
    ["255.255.255.255", [0xffffffff]],
    ["::ffff:192.0.2.1", [0xc0000201]],
    ["::ffff:c000:201", [0xc0000201]],
    ["::", [0, 0, 0, 0]],
    ["::1", [0, 0, 0, 1]],
    ["2001:db8::a:0:1", [0x20010db8, 0, 0xa, 1]],
    ["2001:DB8:1:2:3:4:5:6", [0x20010db8, 0x10002, 0x30004, 0x50006]],
    ["1:2:3:4:5:6:192.0.2.1", [0x10002, 0x30004, 0x50006, 0xc0000201]],
  ])("%s", (text, words) => {
    expect(parseIpAddress(text)).toEqual(words);
  });

  test.each(
    [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.4 ",
      "1.2.3.",
      "0x1.2.3.4",
      "1..2.3",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::8:9",
      "fe80::1%eth0",
      "[::1]",
      "g::",
      "12345::",
      "::1.2.3",
      "1.2.3.4::",
      "::1.2.3.4:5",
    ].map((text) => [text]),
  )("%j is none", (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });

  test("are those that Node accepts", () => {
    const group = fc.stringMatching(/^[0-9a-f]{0,4}$/);
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(group, { maxLength: 9 }).map((groups) => groups.join(":")),
      fc.array(fc.nat(300), { minLength: 3, maxLength: 5 }).map((octets) => octets.join(".")),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        expect(parseIpAddress(candidate) !== undefined).toBe(isIP(candidate) !== 0);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  test.each(
    ["1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/08", "1.2.3.4/-1", "1.2.3.4/1/2", "/8"].map(
      (text) => [text],
    ),
  )("%s is no block", (text) => {
    expect(parseIpPrefix(text)).toBeUndefined();
  });
});

describe("ranges", () => {
  test("include their first and last address and no other", () => {
    const ranges = compile("192.0.2.0/25", "198.51.100.7", "2001:db8:1::/48", "10.0.0.5/8");
    for (const inside of [
      "192.0.2.0",
      "192.0.2.127",
      "::ffff:192.0.2.5",
      "198.51.100.7",
      "2001:db8:1::",
      "2001:db8:1:ffff:ffff:ffff:ffff:ffff",
      "10.255.0.1",
    ]) {
      expect(ranges.contains(inside)).toBe(true);
    }
    for (const outside of [
      "192.0.1.255",
      "192.0.2.128",
      "198.51.100.6",
      "198.51.100.8",
      "2001:db8:0:ffff::",
      "2001:db8:2::",
      "11.0.0.0",
      "9.255.255.255",
      "nonsense",
      "",
    ]) {
      expect(ranges.contains(outside)).toBe(false);
    }
  });

  test("that overlap become one", () => {
    expect(compile("10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8", "10.255.0.0/16").size).toBe(1);
    expect(compileIpRanges([]).contains("1.2.3.4")).toBe(false);
  });

  test("agree with Node's BlockList", () => {
    const block = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })),
      // Node's own takes IPv4 addresses for part of ::/16; a socket reports them as IPv4.
      fc.tuple(
        fc.ipV6().filter((text) => !/^(?:::|0)/.test(text)),
        fc.integer({ min: 16, max: 128 }),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 20 }),
        fc.array(fc.oneof(fc.ipV4(), fc.ipV6())),
        (blocks, addresses) => {
          const theirs = new BlockList();
          for (const [address, length] of blocks)
            theirs.addSubnet(address, length, isIP(address) === 4 ? "ipv4" : "ipv6");
          const ours = compile(...blocks.map(([address, length]) => `${address}/${length}`));
          for (const address of [...addresses, ...blocks.map(([first]) => first)]) {
            if (isIP(address) === 6 && parseIpAddress(address)?.length === 1) continue;
            expect(ours.contains(address)).toBe(
              theirs.check(address, isIP(address) === 4 ? "ipv4" : "ipv6"),
            );
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });
});

const JSON_LIST = JSON.stringify({
  creationTime: "2026-11-01T00:00:00.000000",
  prefixes: [{ ipv4Prefix: "192.0.2.0/24" }, { ipv6Prefix: "2001:db8::/32", service: "x" }],
});

const contains = async (text: string, address: string): Promise<boolean | undefined> =>
  (await parseIpRangeDocument(text))?.ranges.contains(address);
const html = (list: string): string =>
  `<!doctype html><p>Do not use 203.0.113.0/24, see {"x"}.</p><pre><code>${list}</code></pre><p>}`;

describe("published lists", () => {
  test.each([
    ["the usual JSON", JSON_LIST],
    ["after a byte order mark and blank lines", `\uFEFF\n${JSON_LIST}`],
    ["a plain array", '["192.0.2.0/24", "2001:db8::/32"]'],
    [
      "AWS's shape",
      '{"prefixes":[{"ip_prefix":"192.0.2.0/24"}],"ipv6_prefixes":[{"ipv6_prefix":"2001:db8::/32"}]}',
    ],
    ["a list of ips", '{"ips":["192.0.2.77","192.0.2.0/26","2001:db8:ffff::1"]}'],
    ["a list of ranges", '{"ranges":["192.0.2.0/24","2001:db8::/32"],"note":"203.0.113.1"}'],
    ["a list for each family", '{"ipv4":["192.0.2.0/24"],"ipv6":["2001:db8::/32"]}'],
    [
      "a list for each family, below one key",
      '{"addresses":{"v4":["192.0.2.0/24"],"v6":["2001:db8::/32"]},"v":[203]}',
    ],
    ["objects with ip", '[{"ip":"192.0.2.77","city":"x"},{"ip":"2001:db8:ffff::1"}]'],
    [
      "objects with ip_address",
      '{"ips":[{"ip_address":"192.0.2.77"},{"ip_address":"2001:db8:ffff::1"}],"count":2}',
    ],
    [
      "objects with a null",
      '{"prefixes":[{"ipv4Prefix":"192.0.2.0/24","ipv6Prefix":null},{"ipv6Prefix":"2001:db8::/32"}]}',
    ],
    ["keys in other cases", '{"ip-ranges":[{"CIDR":"192.0.2.0/24"},{"IP_Range":"2001:db8::/32"}]}'],
    [
      "a wrapped response",
      '{"success":true,"result":{"ipv4_cidrs":["192.0.2.0/24"],"ipv6_cidrs":["2001:db8::/32"]}}',
    ],
    [
      "an operator's crawlers, beside its other machines",
      '{"ips":["192.0.2.0/24","2001:db8::/32"],"proxies":["203.0.113.0/24"],' +
        '"user_triggered":{"prefixes":[{"ipv4Prefix":"203.0.113.1"}]}}',
    ],
    [
      "ranges from an address to another",
      '{"ips":["192.0.2.5 - 192.0.2.130","2001:db8::-2001:dba::7"]}',
    ],
    ["plain text", "192.0.2.0/24\n2001:db8::/32\n"],
    ["inside HTML", html(JSON_LIST)],
    ["inside HTML, escaped", html(JSON_LIST.replaceAll('"', "&quot;"))],
    [
      "inside HTML, coloured",
      html(JSON_LIST.replaceAll(/"([^"]*)"/g, '<span class="s">&#34;$1&#34;</span>')),
    ],
    [
      "a geofeed",
      "# Meta\n192.0.2.0/24,US,US-CA,Menlo Park,\n\n2001:db8::/32,IE,,Dublin, # here\n",
    ],
    ["a geofeed with CRLF", "192.0.2.0/24,US,,,\r\n2001:db8::/32,,,,\r\n"],
  ])("%s", async (_, text) => {
    expect(await contains(text, "192.0.2.77")).toBe(true);
    expect(await contains(text, "2001:db8:ffff::1")).toBe(true);
    expect(await contains(text, "203.0.113.1")).toBe(false);
  });

  test.each([
    ["", "nothing"],
    ["{}", "no list"],
    ['{"prefixes":[]}', "an empty list"],
    ["{", "broken JSON"],
    ["<html><body>Service unavailable 192.0.2.0/24</body></html>", "an error page"],
    [html('{"prefixes": ['), "broken JSON in a page"],
    ['{"prefixes":[{"ipv4Prefix":"0.0.0.0/0"}]}', "the whole Internet"],
    ["Not found", "a sentence"],
    ['{"crawlers":["192.0.2.0/24"],"proxies":["192.0.2.0/24"]}', "a list that no key tells"],
    ['{"ips":{"a":{"b":["192.0.2.0/24"]}}}', "a list too deep"],
    ['{"ips":"192.0.2.0/24"}', "a text"],
  ])("%j is %s, not a list", async (text) => {
    expect(await parseIpRangeDocument(text)).toBeUndefined();
  });

  test("are told apart in one document by a pointer", async () => {
    const text = JSON.stringify({
      crawlers: ["192.0.2.0/24"],
      "user/triggered": { ipv4: ["198.51.100.0/24"], count: 1 },
      prefixes: [{ ipv4Prefix: "203.0.113.0/24" }],
    });
    const at = async (pointer: string) => {
      const read = await parseIpRangeDocument(text, pointer);
      return ["192.0.2.1", "198.51.100.1", "203.0.113.1"].map((ip) => read?.ranges.contains(ip));
    };
    expect(await at("/crawlers")).toEqual([true, false, false]);
    expect(await at("/user~1triggered")).toEqual([false, true, false]);
    expect(await at("/user~1triggered/ipv4")).toEqual([false, true, false]);
    expect(await at("")).toEqual([false, false, true]);
    for (const pointer of ["/none", "/crawlers/0", "/constructor", "/%", "/prefixes/x"]) {
      expect(await parseIpRangeDocument(text, pointer)).toBeUndefined();
    }
    expect(await parseIpRangeDocument("192.0.2.0/24", "/crawlers")).toBeUndefined();
    expect((await parseIpRangeDocument(html(JSON_LIST), "/prefixes"))?.ranges.size).toBe(2);
  });

  test("count the entries that they leave out", async () => {
    const text = '{"prefixes":[{"ipv4Prefix":"192.0.2.0/24"},{"ipv4Prefix":"::/0"},{"note":1},7]}';
    expect(await parseIpRangeDocument(text)).toMatchObject({ refused: 3 });
    const sparse = '[{"ipv4Prefix":"192.0.2.0/24","ipv6Prefix":null}]';
    expect(await parseIpRangeDocument(sparse)).toMatchObject({ refused: 0 });
  });

  test("are read in turns, however many blocks they have, and whatever else", async () => {
    const blocks = Array.from({ length: 100_000 }, (_, i) => `1.${(i >> 8) & 255}.${i & 255}.0/24`);
    const json = JSON.stringify({
      creationTime: "]}[{",
      prefixes: blocks.map((ipv4Prefix) => ({ ipv4Prefix, 'a"b\\': ["[", { "]": 1 }] })),
    });
    for (const text of [json, JSON.stringify(blocks), blocks.join("\n")]) {
      let document: Awaited<ReturnType<typeof parseIpRangeDocument>>;
      const turns = await turnsDuring(parseIpRangeDocument(text).then((read) => (document = read)));
      expect(turns).toBeGreaterThan(20);
      expect(document?.ranges.contains("1.200.7.9")).toBe(true);
      expect(document?.ranges.contains("2.0.0.1")).toBe(false);
      expect(document?.refused).toBe(0);
    }
    // JSON that costs much for its length.
    for (const piece of ["{},", "[],", '"",', "1,"]) {
      const text = `[${piece.repeat(Math.floor(1_000_000 / piece.length))}1]`;
      expect(await turnsDuring(parseIpRangeDocument(text))).toBeGreaterThan(8);
    }
  });

  test.each([
    ["an item without an end", '{"prefixes":["192.0.2.0/24",{"a":"x'],
    ["a list without an end", '["192.0.2.0/24","192.0.2.0/24"'],
    ["text behind it", '["192.0.2.0/24"] x'],
    ["an item that is no JSON", '["192.0.2.0/24", oops]'],
    ["brackets that do not match", '{"prefixes":["192.0.2.0/24"}]'],
    ["a comma too many", '["192.0.2.0/24",]'],
    [
      "keys below keys without end",
      `${'{"ips":'.repeat(100_000)}["192.0.2.0/24"]${"}".repeat(100_000)}`,
    ],
    ["a huge item", `["192.0.2.0/24",[${"[],".repeat(40_000)}1]]`],
  ])("with %s are malformed", async (_, text) => {
    expect(await parseIpRangeDocument(text)).toBeUndefined();
  });

  test("are read in linear time", async () => {
    for (const piece of ["<", "&quot;", "{", '"prefixes"', "#", ",", "\n"]) {
      const start = threadClock();
      await parseIpRangeDocument(`<${piece.repeat(400_000)}`);
      await parseIpRangeDocument(`x${piece.repeat(400_000)}`);
      expect(threadClock() - start).toBeLessThan(2000);
    }
  });
});

describe("blocks of a range", () => {
  test("have its addresses and no others", () => {
    const range = fc.tuple(fc.nat(70_000), fc.nat(70_000)).map(([a, b]) => ({
      first: Math.min(a, b),
      last: Math.max(a, b),
    }));
    const dotted = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
    const mapped = (n: number) =>
      `2001:db8::${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}`;
    fc.assert(
      fc.property(range, fc.boolean(), ({ first, last }, isIpv4) => {
        const write = isIpv4 ? dotted : mapped;
        const blocks = parseIpBlocks(`${write(first)}-${write(last)}`) ?? [];
        const ranges = compileIpRanges(blocks);
        expect(blocks.length).toBeLessThan(2 * 18);
        for (const inside of [first, last, (first + last) >> 1]) {
          expect(ranges.contains(write(inside))).toBe(true);
        }
        for (const outside of [first - 1, last + 1].filter((n) => n >= 0)) {
          expect(ranges.contains(write(outside))).toBe(false);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test.each([
    ["0.0.0.0-255.255.255.255", 1],
    ["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1],
    ["192.0.2.1-192.0.2.1", 1],
    ["0.0.0.1-255.255.255.254", 62],
  ])("%s are %i", (text, count) => {
    expect(parseIpBlocks(text)).toHaveLength(count);
  });

  test.each([
    "192.0.2.9-192.0.2.1",
    "192.0.2.1-::1",
    "192.0.2.1-",
    "-",
    "a-b",
    "192.0.2.0/24-1.2.3.4",
  ])("%s are none", (text) => {
    expect(parseIpBlocks(text)).toBeUndefined();
  });
});

const unavailable = (): Response => new Response("", { status: 503 });

describe("the list in use", () => {
  const url = "https://bot.example/ips.json";

  test("is absent until the first is loaded, and the last good copy stays", async () => {
    const clock = { now: 1000 };
    const list = new IpRangeList(url);
    const refresh = (answer: () => Response) =>
      list.refresh(
        async () => answer(),
        () => clock.now,
      );
    expect(await refresh(unavailable)).toBeUndefined();
    expect(list.ranges).toBeUndefined();
    expect(list.describe(1000)).toMatchObject({ failure: "unreachable", age: undefined });
    expect(await refresh(() => new Response(JSON_LIST))).toBe(JSON_LIST);
    expect(list.ranges?.contains("192.0.2.1")).toBe(true);
    clock.now = 5000;
    expect(await refresh(() => new Response("<html>sorry</html>"))).toBeUndefined();
    expect(list.ranges?.contains("192.0.2.1")).toBe(true);
    expect(list.describe(5000)).toEqual({
      url,
      ranges: 2,
      refused: 0,
      age: 4000,
      failure: "malformed",
    });
    await refresh(() => {
      throw new TypeError("offline");
    });
    expect(list.describe(5000)).toMatchObject({ failure: "unreachable" });
  });

  test("is fetched without its pointer", async () => {
    const fetched: string[] = [];
    const list = new IpRangeList(`${url}#/crawlers`);
    const answer = '{"crawlers":["192.0.2.0/24"],"proxies":["203.0.113.0/24"]}';
    await list.refresh(
      async (address) => {
        fetched.push(address);
        return new Response(answer);
      },
      () => 0,
    );
    expect(fetched).toEqual([url]);
    expect(list.ranges?.contains("192.0.2.1")).toBe(true);
    expect(list.ranges?.contains("203.0.113.1")).toBe(false);
    expect(list.describe(0)).toMatchObject({ url: `${url}#/crawlers`, ranges: 1 });
  });

  test("can be given as a file", async () => {
    const list = new IpRangeList(url);
    expect(await list.load(JSON_LIST, 4)).toBe(true);
    expect(await list.load("nothing", 10)).toBe(false);
    expect(list.describe(10)).toMatchObject({ ranges: 2, age: 6 });
  });

  test("is read up to a bound", async () => {
    const list = new IpRangeList(url);
    const body = JSON_LIST + " ".repeat(5 * 1024 * 1024);
    await list.refresh(
      async () => new Response(body),
      () => 0,
    );
    expect(list.ranges).toBeUndefined();
  });
});
