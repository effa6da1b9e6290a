import { describe, expect, it } from "vitest";
import { notForwarded } from "../../src/http/request-fields.ts";

describe("a request field", () => {
  const drop = notForwarded("close, x-hop", false);

  it.each([
    "x_forwarded_for",
    "x_forwarded-proto",
    "x-forwarded_host",
    "x.forwarded.for",
    "forwarded",
    "wayleave_agent",
    "x_wayleave_token",
    "wayleave-agent",
    "x_real_ip",
    "x-real-ip",
    "true_client_ip",
    "cf_connecting_ip",
    "transfer_encoding",
    "content_length",
    "if_none_match",
    "accept_encoding",
    "max_forwards",
    "proxy_connection",
    "host",
    "expect",
    "x-original-url",
    "x_original_url",
    "x-rewrite-url",
    "x-hop",
  ])("%s is dropped", (name) => {
    expect(drop(name)).toBe(true);
  });

  it.each(["x_custom", "my_field", "accept", "via", "range", "cookie", "content-length"])(
    "%s is forwarded",
    (name) => {
      expect(drop(name)).toBe(false);
    },
  );

  it("of a trusted proxy is forwarded, in its own spelling only", () => {
    const trusting = notForwarded(undefined, true);
    expect(trusting("x-forwarded-for")).toBe(false);
    expect(trusting("x-real-ip")).toBe(false);
    expect(trusting("x_forwarded_for")).toBe(true);
    expect(trusting("x-original-url")).toBe(true);
    expect(trusting("wayleave_agent")).toBe(true);
  });
});
