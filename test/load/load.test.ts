import { describe, expect, it, vi } from "vitest";
import { needs } from "../support/needs.ts";
import { LOAD_ATTACKS } from "./attacks.ts";
import { runAttack } from "./load-run.ts";
import { runSoak } from "./soak-run.ts";
import { SOAK_CLIENTS } from "./soak-clients.ts";

vi.setConfig({ testTimeout: 240_000 });

describe("mixed traffic through a proxy with all features", () => {
  it("has no error over TLS and HTTP/2", needs("openssl"), async () => {
    const options = { seconds: 2, seed: 1, processes: 1, tls: true };
    const { errors, requests } = await runSoak(options);
    expect(errors).toEqual([]);
    expect(requests).toBeGreaterThan(20);
  });

  it("has no error, and each content is that of the origin server", async () => {
    const { errors, kinds, requests, memory } = await runSoak({
      seconds: 2,
      seed: 1,
      processes: 1,
    });
    expect(errors).toEqual([]);
    expect(requests).toBeGreaterThan(20);
    expect(Object.keys(SOAK_CLIENTS)).toEqual(expect.arrayContaining(Object.keys(kinds)));
    expect(memory.every(({ live, caches }) => live > caches && caches > 0)).toBe(true);
  });
});

describe("while many connections attack a proxy", needs("openssl"), () => {
  it.each(LOAD_ATTACKS.filter(({ isShort }) => isShort === true))(
    "another client has its responses: $name",
    async (attack) => {
      const { errors, answered, count } = await runAttack(attack, { seconds: 1, connections: 200 });
      expect(errors).toEqual([]);
      expect(answered).toBeGreaterThan(0);
      expect(count).toBeGreaterThan(0);
    },
  );
});
