import { expect, test } from "vitest";
import { networkOf, stableAddress } from "../../src/agent/network.ts";

test.each([
  ["192.0.2.1", "192.0.2.254", true],
  ["192.0.2.1", "192.0.3.1", false],
  ["192.0.2.1", "192.1.2.1", false],
  ["::ffff:192.0.2.1", "192.0.2.9", true],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["2001:db8:1:2::1", "2001:db9:1:2::1", false],
])("%s and %s are of one network: %s", (one, other, isSame) => {
  expect(networkOf(one) === networkOf(other)).toBe(isSame);
});

test.each([
  ["198.171.205.1", "198.171.205.1"],
  ["2a01:db8:1:2:a:b:c:d", "2a01:db8:1:2"],
  ["fe80:1::9", "fe80:1:0:0"],
  ["unknown", "unknown"],
])("of %s, %s stays the same from day to day", (address, stable) => {
  expect(stableAddress(address)).toBe(stable);
});
