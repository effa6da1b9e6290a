import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KEYS } from "../../src/telemetry/build.ts";
import type { EventSink, RequestEvent } from "../../src/telemetry/event.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { sendRaw } from "../support/raw.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const text = readFileSync(new URL("../../docs/telemetry.md", import.meta.url), "utf8");
/** The section about the event; others have tables of metrics and columns. */
const [, page = ""] = /^## The event\n([\s\S]*?)^## /m.exec(text) ?? [];

/** The names in the first column of the event's table. */
const names = [
  ...(page.split("### Path patterns")[0] ?? "").matchAll(/^\| `([\w.[\]]+)` +\|/gm),
].map(([, name = ""]) => name);

/** Objects that one row describes as a whole. */
const WHOLE = new Set(["access.charged", "cause", "dictionary", "trace"]);
const WHOLE_OF_FEATURE = new Set(["detail", "logs"]);

/** The names of an event's values as the table writes them. */
function namesIn(value: unknown, name: string): string[] {
  if (WHOLE.has(name)) return [name];
  if (name === "features") {
    const keys = (value as object[]).flatMap((each) => Object.keys(each));
    return keys.map((key) => `features[].${key}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [name];
  return Object.entries(value).flatMap(([key, inner]) =>
    WHOLE_OF_FEATURE.has(key) ? [`${name}.${key}`] : namesIn(inner, `${name}.${key}`),
  );
}

describe("the table of the event", () => {
  let origin: TestOrigin;
  let proxy: Proxy;
  const events: RequestEvent[] = [];
  const sink: EventSink = { take: (event) => void events.push(event) };

  beforeAll(async () => {
    origin = await startOrigin();
    const html = { "content-type": "text/html", etag: '"1"', "cache-control": "max-age=60" };
    origin.missing = (_, response) =>
      void response.writeHead(200, html).end(`<h1>A</h1>${"<p>word</p>".repeat(300)}`);
    proxy = await RUNTIMES.node({
      origin: origin.url,
      rules: {
        defaults: { markdown: true, compression: true, cache: { after: 1 } },
        rules: [{ name: "r", match: { path: "/closed" }, access: { action: "block" } }],
      },
      platform: { sinks: [sink] },
    });
  });

  afterAll(async () => {
    await proxy.close();
    await origin.close();
  });

  it("has every value of the type, and each once", () => {
    const top = new Set(names.map((name) => name.split(/[.[]/)[0] ?? ""));
    expect(top).toEqual(new Set(KEYS));
    expect(new Set(names).size).toBe(names.length);
  });

  it("names every value of real events", async () => {
    const from = "Host: a.example\r\nConnection: close\r\nUser-Agent: GPTBot/1.0\r\n";
    const trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    const referrer = "Referer: https://chatgpt.com/\r\nAvailable-Dictionary: :AAAA:\r\n";
    for (const path of ["/a", "/a", "/closed"]) {
      const accept = "Accept: text/markdown\r\nAccept-Encoding: gzip\r\n";
      await sendRaw(proxy.url, `GET ${path} HTTP/1.1\r\n${from}${trace}${referrer}${accept}\r\n`);
    }
    await expect.poll(() => events.length).toBe(3);
    const found = new Set(
      events.flatMap((event) =>
        Object.entries(JSON.parse(JSON.stringify(event)) as object).flatMap(([key, value]) =>
          namesIn(value, key),
        ),
      ),
    );
    expect([...found].filter((name) => !names.includes(name))).toEqual([]);
    expect(found.size).toBeGreaterThan(40);
  });
});
