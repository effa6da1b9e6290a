import { describe, expect, test } from "vitest";
import { trustedMember } from "../../src/http/forwarded.ts";

describe("trustedMember", () => {
  test("counts from the end, where the proxies next to us write", () => {
    expect(trustedMember("evil, client, proxy", 1)).toBe("proxy");
    expect(trustedMember("evil, client, proxy", 2)).toBe("client");
  });

  test("trusts nobody with no hops, and the first where proxies replace instead of appending", () => {
    expect(trustedMember("client", 0)).toBeUndefined();
    expect(trustedMember("https", 2)).toBe("https");
    expect(trustedMember("", 1)).toBeUndefined();
    expect(trustedMember(undefined, 1)).toBeUndefined();
  });

  test("a quote of the client's does not swallow what the proxy wrote", () => {
    expect(trustedMember('"evil, 192.0.2.1', 1)).toBe("192.0.2.1");
    expect(trustedMember('"evil\\, client, proxy', 2)).toBe("client");
  });

  test("empty members count for nothing", () => {
    expect(trustedMember("a, , b,", 1)).toBe("b");
  });
});
