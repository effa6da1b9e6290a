import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectFormat, namedFormat } from "../../../src/cli/replay/formats/detect.ts";
import { COMBINED } from "../../../src/cli/replay/formats/format-string.ts";
import type { LoggedRequest, ParsedLine } from "../../../src/cli/replay/logged-request.ts";

const TIME = Date.UTC(2026, 10, 28, 22, 59, 59);

const request = (parsed: ParsedLine): LoggedRequest => {
  if (parsed.kind !== "request") throw new Error(JSON.stringify(parsed));
  return parsed.request;
};

/** Lines of each format for the same kind of request. */
const LINES: Readonly<Record<string, { readonly line: string; readonly expected: object }>> = {
  combined: {
    line: String.raw`203.0.113.9 - - [28/Nov/2026:23:59:59 +0100] "GET /lamps/?a=\x22b HTTP/1.1" 200 512 "-" "Lamp\x22Bot/1.0"`,
    expected: {
      target: '/lamps/?a="b',
      address: "203.0.113.9",
      bytes: 512,
      userAgent: 'Lamp"Bot/1.0',
    },
  },
  caddy: {
    line: JSON.stringify({
      level: "info",
      ts: TIME / 1000 + 0.25,
      request: {
        remote_ip: "203.0.113.9",
        client_ip: "198.51.100.7",
        method: "GET",
        host: "Lamps.example",
        uri: "/lamps/",
        headers: {
          "User-Agent": ["LampBot/1.0"],
          Accept: ["text/markdown", "text/html"],
          Cookie: ["REDACTED"],
          "X-Forwarded-For": ["192.0.2.1"],
        },
        tls: { proto: "h2" },
      },
      status: 200,
      size: 77,
    }),
    expected: {
      time: TIME + 250,
      host: "lamps.example",
      scheme: "https",
      address: "198.51.100.7",
      forwardedFor: "192.0.2.1",
      userAgent: "LampBot/1.0",
      fields: [
        ["accept", "text/markdown, text/html"],
        ["x-forwarded-for", "192.0.2.1"],
      ],
      bytes: 77,
    },
  },
  logpush: {
    line: JSON.stringify({
      EdgeStartTimestamp: TIME * 1e6,
      ClientIP: "203.0.113.9",
      ClientCountry: "de",
      ClientRequestMethod: "GET",
      ClientRequestHost: "lamps.example",
      ClientRequestURI: "/lamps/?a=1",
      ClientRequestUserAgent: "LampBot/1.0",
      EdgeResponseStatus: 404,
      EdgeResponseBytes: 9,
      VerifiedBotCategory: "AI Crawler",
    }),
    expected: { country: "DE", target: "/lamps/?a=1", status: 404, verifiedCategory: "AI Crawler" },
  },
  vercel: {
    line: JSON.stringify({
      source: "lambda",
      timestamp: TIME,
      proxy: {
        timestamp: TIME + 1,
        method: "GET",
        scheme: "https",
        host: "lamps.example",
        path: "/lamps/?a=1",
        userAgent: ["LampBot/1.0"],
        statusCode: 200,
        clientIp: "203.0.113.9",
      },
    }),
    expected: { time: TIME + 1, host: "lamps.example", userAgent: "LampBot/1.0" },
  },
  fastly: {
    line: JSON.stringify({
      timestamp: "2026-11-28T22:59:59+0000",
      client_ip: "203.0.113.9",
      host: "lamps.example",
      url: "/lamps/?a=1",
      request_method: "GET",
      request_user_agent: "LampBot/1.0",
      response_status: "200",
      response_body_size: 12,
    }),
    expected: { time: TIME, status: 200, bytes: 12, userAgent: "LampBot/1.0" },
  },
  "cloudfront-json": {
    line: JSON.stringify({
      "timestamp(ms)": String(TIME),
      "c-ip": "203.0.113.9",
      "cs-method": "GET",
      "cs(Host)": "d1.cloudfront.example",
      "x-host-header": "lamps.example",
      "cs-uri-stem": "/lamps/",
      "cs-uri-query": "a=1",
      "cs(User-Agent)": "Lamp%20Bot/1.0",
      "sc-status": "200",
      "sc-bytes": "12",
      "cs-protocol": "https",
    }),
    expected: { target: "/lamps/?a=1", host: "lamps.example", userAgent: "Lamp Bot/1.0" },
  },
  wayleave: {
    line: JSON.stringify({
      time: new Date(TIME).toISOString(),
      level: "info",
      event: "access",
      method: "GET",
      path: "/lamps/",
      status: 403,
      bytes: 40,
      originStatus: null,
      agent: { kind: "claimed", verdict: "spoofed", name: "GPTBot", evidence: "claim" },
    }),
    expected: { status: 403, known: { verdict: "spoofed", name: "GPTBot", evidence: "claim" } },
  },
};

describe("the formats of logs", () => {
  it.each(Object.entries(LINES))("%s is found out, and read", (name, { line, expected }) => {
    const format = detectFormat(["", line]);
    expect(format?.name).toBe(name);
    const parsed = request(namedFormat(name).parse(line));
    expect(parsed).toMatchObject({ time: TIME, method: "GET", ...expected });
  });

  it("reads CloudFront's columns by the comment that names them", () => {
    const format = detectFormat(["#Version: 1.0"]);
    const fields =
      "#Fields: date time c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query x-host-header cs-protocol sc-bytes";
    const line =
      "2026-11-28 22:59:59 203.0.113.9 GET d1.example /lamps/ 200 - Lamp%2520Bot a=1 lamps.example https 9".replaceAll(
        " ",
        "\t",
      );
    expect(format?.parse(line)).toEqual({
      kind: "fault",
      why: "no comment #Fields: comes before it",
    });
    expect(format?.parse(fields)).toEqual({ kind: "other" });
    expect(request(format?.parse(line) ?? { kind: "other" })).toMatchObject({
      time: TIME,
      host: "lamps.example",
      target: "/lamps/?a=1",
      userAgent: "Lamp%20Bot",
      referrer: undefined,
      bytes: 9,
    });
    expect(format?.parse("2026-11-28\t22:59:59")).toEqual({
      kind: "fault",
      why: "it has too few columns",
    });
  });

  it("reads format strings of nginx and Apache", () => {
    const nginx = namedFormat(
      '$host ${scheme} [$time_iso8601] $request_method "$uri" "$args" $status "$http_user_agent" "$http_accept"',
    );
    const line = 'lamps.example https [2026-11-28T22:59:59Z] HEAD "/lamps/" "a=1" 304 "-" "text/*"';
    expect(request(nginx.parse(line))).toMatchObject({
      time: TIME,
      method: "HEAD",
      target: "/lamps/?a=1",
      host: "lamps.example",
      scheme: "https",
      status: 304,
      userAgent: undefined,
      fields: [["accept", "text/*"]],
    });
    const apache = namedFormat('%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"');
    const other = String.raw`lamps.example:443 203.0.113.9 - - [28/Nov/2026:23:59:59 +0100] "GET http://Other.example/a HTTP/1.0" 200 - "-" "a \"b\" \\"`;
    expect(request(apache.parse(other))).toMatchObject({
      time: TIME,
      host: "other.example",
      scheme: "http",
      target: "/a",
      bytes: undefined,
      userAgent: String.raw`a "b" \ `.trim(),
    });
  });

  it("refuses format strings that no line can be read by", () => {
    expect(() => namedFormat("$remote_addr $status")).toThrow("has no time");
    expect(() => namedFormat("$msec $status")).toThrow("has no path");
    expect(() => namedFormat("$msec $request_uri")).toThrow("has no status");
    expect(() => namedFormat("$msec$request_uri $status")).toThrow("nothing between");
    expect(() => namedFormat("combine")).toThrow("--format must be one of combined, caddy");
    expect(() => namedFormat("toString")).toThrow("--format must be one of");
    expect(() => namedFormat("$msec ".repeat(600))).toThrow("too long");
  });

  const FAULTS: Readonly<Record<string, string>> = {
    "not a log": "it does not have the log's format",
    '203.0.113.9 - - [28/Foo/2026:23:59:59 +0100] "GET / HTTP/1.1" 200 5 "-" "-"':
      "its time can't be read",
    '203.0.113.9 - - [28/Nov/2026:23:59:59 +0100] "\\x16\\x03\\x01" 400 5 "-" "-"':
      "its request line is malformed",
    '203.0.113.9 - - [28/Nov/2026:23:59:59 +0100] "GET * HTTP/1.1" 400 5 "-" "-"':
      "its request line is malformed",
    '203.0.113.9 - - [28/Nov/2026:23:59:59 +0100] "GET / HTTP/1.1" abc 5 "-" "-"':
      "its status can't be read",
  };
  it.each(Object.entries(FAULTS))("names the fault of %j", (line, why) => {
    expect(namedFormat("combined").parse(line)).toEqual({ kind: "fault", why });
  });

  it("leaves out lines that describe no request, and names faults of JSON", () => {
    const vercel = namedFormat("vercel");
    expect(vercel.parse('{"source":"build","message":"ok"}')).toEqual({ kind: "other" });
    expect(vercel.parse('{"proxy":{"statusCode":-1}}')).toEqual({ kind: "other" });
    expect(vercel.parse("[")).toEqual({ kind: "other" });
    expect(namedFormat("wayleave").parse('{"event":"origin-failed"}')).toEqual({ kind: "other" });
    const caddy = namedFormat("caddy");
    expect(caddy.parse("{")).toEqual({ kind: "fault", why: "it is no JSON object" });
    expect(caddy.parse('{"ts":1,"request":{"uri":"/"}}')).toEqual({
      kind: "fault",
      why: "its time can't be read",
    });
    expect(caddy.parse(`{"ts":${TIME},"request":{"uri":"x"},"status":200}`)).toEqual({
      kind: "fault",
      why: "its path can't be read",
    });
  });

  it("finds no format in other texts", () => {
    expect(detectFormat(["hello", '{"a":1}', "[]"])).toBeUndefined();
  });

  it("reads back each value that nginx writes", () => {
    const escape = (text: string) =>
      [...new TextEncoder().encode(text)]
        .map((byte) =>
          byte < 32 || byte > 126 || byte === 34 || byte === 92
            ? `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`
            : String.fromCharCode(byte),
        )
        .join("");
    const octets = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
    const combined = namedFormat(COMBINED);
    const value = fc
      .string({ unit: "binary", minLength: 1, maxLength: 40 })
      .filter((s) => s !== "-");
    fc.assert(
      fc.property(value, value, fc.ipV6(), (agent, referrer, address) => {
        const line = `${address} - a b [28/Nov/2026:23:59:59 +0100] "GET /x HTTP/2.0" 200 1 "${escape(referrer)}" "${escape(agent)}"`;
        expect(request(combined.parse(line))).toMatchObject({
          address,
          userAgent: octets(agent),
          referrer: octets(referrer),
        });
      }),
    );
  });

  it("throws for no line in any format", () => {
    const formats = [
      "combined",
      "caddy",
      "logpush",
      "vercel",
      "fastly",
      "cloudfront-json",
      "wayleave",
    ];
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.json(), (text, json) => {
        for (const name of formats)
          for (const line of [text, json, `{"proxy":${json},"ts":1,"request":${json}}`])
            expect(namedFormat(name).parse(line).kind).toMatch(/request|other|fault/);
      }),
    );
  });
});
