// Prints the cost of a look-up among many prefixes, as a ratio to one among few: node scripts/node.mjs
// bench/ip-ranges.ts
import { parseIpPrefix, type IpPrefix } from "../src/agent/ip-address.ts";
import { compileIpRanges } from "../src/agent/ip-ranges.ts";

const ROUNDS = 200;
const ADDRESSES = 2000;

let hits = 0;
let state = 1;
const random = (below: number): number => {
  state = (Math.imul(state, 48_271) >>> 0) % 0x7fffffff;
  return state % below;
};
const ipv4 = (): string => [1 + random(222), random(256), random(256), random(256)].join(".");
const ipv6 = (): string =>
  `2${random(4096).toString(16).padStart(3, "0")}:${random(65_536).toString(16)}:${random(65_536).toString(16)}::${random(65_536).toString(16)}`;

for (const [name, address, length] of [
  ["IPv4", ipv4, 24],
  ["IPv6", ipv6, 48],
] as const) {
  const ranges = [10, 10_000].map((count) =>
    compileIpRanges(
      Array.from({ length: count }, () => parseIpPrefix(`${address()}/${length}`)).filter(
        (prefix): prefix is IpPrefix => prefix !== undefined,
      ),
    ),
  );
  const addresses = Array.from({ length: ADDRESSES }, address);
  const samples = ranges.map(() => [] as number[]);
  for (let round = -20; round < ROUNDS; round++) {
    for (const [index, set] of ranges.entries()) {
      const start = performance.now();
      for (const one of addresses) if (set.contains(one)) hits++;
      if (round >= 0) samples[index]?.push((performance.now() - start) / ADDRESSES);
    }
  }
  const [few = Number.NaN, many = Number.NaN] = samples.map(
    (times) => times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN,
  );
  console.log(
    `${name}: ${(few * 1e6).toFixed(0)} ns among ${ranges[0]?.size}, ${(many * 1e6).toFixed(0)} ns among ${ranges[1]?.size}: ${(many / few).toFixed(2)} times`,
  );
}
console.log(`${hits} hits`);
