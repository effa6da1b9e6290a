import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, cutForJson } from "../../src/telemetry/cut.ts";
import { describeError } from "../../src/telemetry/describe-error.ts";
import type { RequestEvent } from "../../src/telemetry/event.ts";
import { hiddenPath, hideSecrets } from "../../src/telemetry/hidden.ts";
import { jsonLog } from "../../src/telemetry/log.ts";
import { formatAccess } from "../../src/telemetry/sinks/access-log.ts";
import { formatCombined } from "../../src/telemetry/sinks/combined-log.ts";

const EVENT: RequestEvent = {
  id: "1",
  traceId: "1",
  referrer: { class: "own" },
  representation: "html",
  coding: "identity",
  saved: {},
  time: Date.UTC(2026, 10, 28, 23, 59, 59, 123),
  method: "GET",
  host: "www.example.com",
  path: "/install/",
  pattern: "/install/",
  version: "1.1",
  client: { address: "192.0.2.7", userAgent: "GPTBot/1.2", referrer: "https://www.example.com/" },
  agent: {
    kind: "claimed",
    verdict: "claimed",
    name: "GPTBot",
    operator: "OpenAI",
    behaviours: ["Training"],
    evidence: "claim",
  },
  features: [],
  cache: "none",
  status: 200,
  bytesReceived: 120,
  bytesSent: 5312,
  bytesAre: "wire",
  until: "end",
  durations: { total: 12.34, origin: 9.81, features: 1 },
  originStatus: 200,
  end: "sent",
};

/** Texts that a stranger may send: of any length, with quotes, controls and what is no character. */
const hostile = fc.oneof(
  fc.string({ maxLength: 3000, unit: "binary" }),
  fc
    .constantFrom("\0", "\n", '"', "\\", "\u{1f600}", "\ud800", "é", "€", ";a=b", "…")
    .chain((text) => fc.nat({ max: 2000 }).map((times) => text.repeat(times))),
);

const event: fc.Arbitrary<RequestEvent> = fc.record({
  ...Object.fromEntries(Object.entries(EVENT).map(([key, value]) => [key, fc.constant(value)])),
  time: fc.nat({ max: 4_000_000_000_000 }),
  method: hostile,
  host: hostile,
  type: hostile,
  coding: hostile,
  access: fc.record({ action: hostile, would: hostile }),
  features: fc.array(fc.record({ acted: fc.boolean(), action: hostile }), { maxLength: 20 }),
  saved: fc.record({
    markdown: fc.maxSafeNat(),
    coding: fc.maxSafeNat(),
    delta: fc.maxSafeNat(),
    cache: fc.maxSafeNat(),
  }),
  bytesReceived: fc.maxSafeNat(),
  path: hostile.map((path) => hiddenPath(`/${path}`)),
  client: fc.record({ address: hostile, userAgent: hostile, referrer: hostile }),
  agent: fc.record({
    kind: fc.constantFrom("anonymous", "claimed", "verified", "invalid"),
    name: hostile,
    evidence: fc.constantFrom("claim", "ip-range", "reverse-dns", "signature"),
  }),
  status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined }),
  bytesSent: fc.maxSafeNat(),
  durations: fc.record({
    total: fc.double({ min: 0, max: 1e12, noNaN: true }),
    origin: fc.maxSafeNat(),
  }),
  end: fc.constantFrom("sent", "client-gone", "aborted", "failed"),
  cache: fc.constantFrom("hit", "revalidated", "none"),
}) as unknown as fc.Arbitrary<RequestEvent>;

describe("a line of the access log", () => {
  it("has these fields in this order", () => {
    expect(formatAccess(EVENT)).toBe(
      '{"time":"2026-11-28T23:59:59.123Z","level":"info","event":"access","id":"1","method":"GET",' +
        '"host":"www.example.com","path":"/install/","status":200,"bytes":5312,"received":120,' +
        '"duration":12.3,"originStatus":200,"originDuration":9.8,' +
        '"agent":{"kind":"claimed","name":"GPTBot","evidence":"claim"},"cache":"none","referrer":"own"}',
    );
  });

  it("stays under 1400 bytes, one line of JSON, whatever a stranger sends", () => {
    fc.assert(
      fc.property(event, (some) => {
        const line = formatAccess(some);
        expect(Buffer.byteLength(line)).toBeLessThan(1400);
        expect(line).not.toMatch(/[\n\r]/);
        expect(JSON.parse(line)).toMatchObject({ event: "access", cache: some.cache });
      }),
      { numRuns: 500 },
    );
  });

  it("marks a cut value", () => {
    const { path } = JSON.parse(formatAccess({ ...EVENT, path: `/${"a".repeat(2000)}` })) as {
      path: string;
    };
    expect(path).toMatch(/^\/a{300,}…$/);
  });
});

describe("a line in the combined format", () => {
  it("has the format of nginx and Apache", () => {
    expect(formatCombined(EVENT)).toBe(
      '192.0.2.7 - - [28/Nov/2026:23:59:59 +0000] "GET /install/ HTTP/1.1" 200 5312 ' +
        '"https://www.example.com/" "GPTBot/1.2"',
    );
  });

  it("writes - for absent values, and 499 for a client that left before the head", () => {
    const { status: _status, ...headless } = EVENT;
    const gone: RequestEvent = { ...headless, end: "client-gone", client: {} };
    expect(formatCombined(gone)).toMatch(
      /^- - - \[.*\] "GET \/install\/ HTTP\/1\.1" 499 5312 "-" "-"$/,
    );
    const unread: RequestEvent = { ...EVENT, method: "-", path: "-", version: "", status: 400 };
    expect(formatCombined(unread)).toContain('"-" 400 ');
  });

  it("escapes as nginx does", () => {
    const userAgent = 'a "quote" \\ \t é €';
    expect(formatCombined({ ...EVENT, client: { userAgent } })).toContain(
      String.raw`"a \x22quote\x22 \x5C \x09 \xE9 \xE2\x82\xAC"`,
    );
  });

  it("is one line of printable ASCII with seven parts, whatever a stranger sends", () => {
    const parts =
      /^\S+ - - \[\d\d\/[A-Z][a-z]{2}\/\d{4,}:\d\d:\d\d:\d\d \+0000\] "[^"]*" \d{3} \d+ "[^"]*" "[^"]*"$/;
    fc.assert(
      fc.property(event, (some) => {
        const line = formatCombined({ ...some, client: { ...some.client, address: "192.0.2.7" } });
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        expect(line).toMatch(parts);
        expect(line.length).toBeLessThan(4000);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a value that is cut", () => {
  it("fits with its mark, and is unchanged if the text fits", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 8, max: 400 }), (text, most) => {
        const short = cutForJson(text, most);
        expect(Buffer.byteLength(JSON.stringify(short)) - 2).toBeLessThanOrEqual(most);
        if (short !== text) expect(short.endsWith("…")).toBe(true);
        else expect(short).toBe(text);
        expect(cut(text, most).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});

describe("values that are hidden", () => {
  it.each([
    ["/a?token=secret&x", "/a"],
    ["/a;jsessionid=secret/b?c", "/a;jsessionid=…/b"],
    ["http://user:secret@host/a?b", "http://…@host/a"],
    ["/a#secret", "/a"],
    ["*", "*"],
  ])("of the target %s", (target, shown) => {
    expect(hiddenPath(target)).toBe(shown);
  });

  it.each([
    ["Failed to parse URL from http://h/a?token=secret", "secret"],
    ["redis://user:secret@host:6379 is away", "secret"],
    ['Headers.append: "Bearer secret" is an invalid header value.', "secret"],
  ])("of the message %s", (message, secret) => {
    expect(hideSecrets(message)).not.toContain(secret);
    expect(describeError(new Error("outer", { cause: new TypeError(message) }))).not.toContain(
      secret,
    );
  });

  it("of every text of every line, however deep", () => {
    const lines: string[] = [];
    const log = jsonLog(
      (line) => lines.push(line),
      () => 1_800_000_000_123,
    );
    log.warn("some-event", { list: [{ url: "https://h/?a=secret" }], error: "at /x?secret" });
    expect(lines).toEqual([
      '{"time":"2027-01-15T08:00:00.123Z","level":"warn","event":"some-event","list":[{"url":"https://h/?a=…"}],"error":"at /x?…"}',
    ]);
  });

  it("and a value that can't be serialised is no error", () => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    const write = (): never => {
      throw new Error("the disk is full");
    };
    expect(() => jsonLog(write).warn("a", { b: 1 })).not.toThrow();
    expect(() => jsonLog(() => {}).info("a", loop)).not.toThrow();
    expect(
      describeError({
        get message(): string {
          throw new Error("no");
        },
      }),
    ).toBe("[object Object]");
    expect(describeError(Object.create(null))).toBe("an error that can't be read");
  });
});
