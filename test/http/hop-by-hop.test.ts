import { describe, expect, test } from "vitest";
import { hopByHop } from "../../src/http/hop-by-hop.ts";

describe("hopByHop (RFC 9110 §7.6.1)", () => {
  test("drops the connection's own fields without any Connection field", () => {
    const drops = hopByHop(undefined);
    for (const name of ["connection", "keep-alive", "te", "trailer", "transfer-encoding"]) {
      expect([name, drops(name)]).toEqual([name, true]);
    }
    expect(drops("upgrade")).toBe(true);
    expect(drops("x-foo")).toBe(false);
    expect(drops("cookie")).toBe(false);
  });

  test("drops the fields that Connection names, next to close or keep-alive", () => {
    for (const connection of ["close, x-foo", "X-Foo", "keep-alive ,, X-FOO"]) {
      const drops = hopByHop(connection);
      expect([connection, drops("x-foo")]).toEqual([connection, true]);
      expect([connection, drops("te")]).toEqual([connection, true]);
      expect([connection, drops("x-bar")]).toEqual([connection, false]);
    }
  });

  test("an empty Connection changes nothing", () => {
    expect(hopByHop("")("x-foo")).toBe(false);
    expect(hopByHop("close")("transfer-encoding")).toBe(true);
  });

  test("Connection can't remove fields that the message depends on", () => {
    const drops = hopByHop("host, content-length, content-type, content-encoding");
    for (const name of ["host", "content-length", "content-type", "content-encoding"]) {
      expect([name, drops(name)]).toEqual([name, false]);
    }
  });
});
