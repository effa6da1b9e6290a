import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shownAddress } from "../../src/agent/shown-address.ts";
import { classifyReferrer } from "../../src/telemetry/referrer.ts";
import { parseTraceParent } from "../../src/telemetry/traceparent.ts";

describe("the class of a referrer", () => {
  it.each([
    [undefined, { class: "none" }],
    ["", { class: "none" }],
    ["https://www.example.com/a?q=secret", { class: "own" }],
    ["HTTPS://WWW.EXAMPLE.COM/", { class: "own" }],
    ["https://chatgpt.com/", { class: "assistant", name: "ChatGPT" }],
    ["https://www.perplexity.ai/search/x", { class: "assistant", name: "Perplexity" }],
    ["https://gemini.google.com/app", { class: "assistant", name: "Gemini" }],
    ["https://www.google.com/", { class: "search", name: "Google" }],
    ["https://www.google.co.uk/", { class: "search", name: "Google" }],
    ["https://google.de", { class: "search", name: "Google" }],
    ["https://docs.google.com/document", { class: "other" }],
    ["https://google.com.evil.example/", { class: "other" }],
    ["https://user@chatgpt.com/", { class: "other" }],
    ["https://de.search.yahoo.com/", { class: "search", name: "Yahoo" }],
    ["https://ya.ru/", { class: "other" }],
    ["https://yandex.com.tr/search", { class: "search", name: "Yandex" }],
    ["android-app://com.google.android.googlequicksearchbox/", { class: "search", name: "Google" }],
    ["https://chatgpt.com:443/", { class: "assistant", name: "ChatGPT" }],
    ["no address", { class: "other" }],
    ["javascript:alert(1)", { class: "other" }],
  ])("of %j is %j", (referrer, expected) => {
    expect(classifyReferrer(referrer, "www.example.com")).toEqual(expected);
  });

  it("is one of a few, whatever a stranger sends", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: "binary" })), (text) => {
        const { name, class: of } = classifyReferrer(text, "a.example");
        seen.add(`${of} ${name ?? ""}`);
      }),
    );
    expect(seen.size).toBeLessThan(5);
  });
});

describe("a traceparent", () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const span = "00f067aa0ba902b7";

  it("names trace, span and whether it is sampled", () => {
    const parsed = { traceId: trace, parentId: span, isSampled: true };
    expect(parseTraceParent(`00-${trace}-${span}-01`)).toEqual(parsed);
    expect(parseTraceParent(`00-${trace}-${span}-00`)?.isSampled).toBe(false);
    expect(parseTraceParent(`cc-${trace}-${span}-03-what-is-new`)).toEqual(parsed);
  });

  it.each([
    undefined,
    "",
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `ff-${trace}-${span}-01`,
    `00-${"0".repeat(32)}-${span}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace}-${span}-0g`,
    `00-${trace}-${span}-01, 00-${trace}-${span}-01`,
    `cc-${trace}-${span}-01-${"x".repeat(300)}`,
  ])("%j is none", (field) => {
    expect(parseTraceParent(field)).toBeUndefined();
  });
});

describe("a client's address", () => {
  it.each([
    ["192.0.2.77", "192.0.2.0"],
    ["::ffff:192.0.2.77", "192.0.2.0"],
    ["2001:db8:1234:5678::1", "2001:db8:1234::"],
    ["::1", "0:0:0::"],
    ["fe80::1%eth0", undefined],
    ["no address", undefined],
    [undefined, undefined],
  ])("%s is truncated to %s", (address, shown) => {
    expect(shownAddress(address, "truncated")).toBe(shown);
    expect(shownAddress(address, "none")).toBeUndefined();
    expect(shownAddress(address, "full")).toBe(address);
  });
});
