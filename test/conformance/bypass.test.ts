import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { sampleOf } from "../support/sample.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { targetsAnswered } from "./bypass/ask.ts";
import { ORIGINS, SECRET } from "./bypass/origins.ts";
import { spellingsOf } from "./bypass/spellings.ts";
import { startSwitch, type Switch } from "./bypass/switch.ts";

/** What the origins protect, and the rules say so in the words of an operator. */
const PROTECTED = ["/data/report", "/account", "/@admin/users"];
const PATTERNS = ["/data/*", "/account", "/account/*", "/@admin/*"];

const SPELLINGS = PROTECTED.flatMap((path) => sampleOf(spellingsOf(path, 2000), 10));

/** Up to a thousand are tried on each origin without a proxy. */
const SAMPLE = SPELLINGS.filter((_spelling, i) => i % Math.ceil(SPELLINGS.length / 1000) === 0);

const PASSED = "whatever is asked for";

/** For every agent, and nothing is said of how the origin reads paths. */
const rules = {
  defaults: { markdown: true, compression: true },
  rules: [{ name: "private", match: { path: PATTERNS }, access: { action: "challenge" } }],
};

interface Front {
  readonly proxy: Proxy;
  readonly origin: Switch;
  /** The spellings that the proxy forwards, whatever the origin is. */
  readonly forwarded: readonly string[];
}

describe("spellings of protected paths", () => {
  const fronts = new Map<RuntimeName, Front>();

  const ask = ({ proxy }: Pick<Front, "proxy">, targets: readonly string[], text: string) =>
    targetsAnswered(Number(new URL(proxy.url).port), targets, text);

  beforeAll(async () => {
    const stub = createServer((_request, response) => void response.end(PASSED));
    stub.listen(0, "127.0.0.1");
    await once(stub, "listening");
    for (const runtime of Object.keys(RUNTIMES) as RuntimeName[]) {
      const origin = await startSwitch();
      origin.to((stub.address() as AddressInfo).port);
      const proxy = await RUNTIMES[runtime]({ origin: origin.url, rules, storage: "memory" });
      fronts.set(runtime, {
        proxy,
        origin,
        forwarded: await ask({ proxy }, SPELLINGS, PASSED),
      });
    }
    stub.closeAllConnections();
    stub.close();
  }, 120_000);

  afterAll(async () => {
    for (const { proxy, origin } of fronts.values()) {
      await proxy.close();
      await origin.close();
    }
  });

  it("are refused but for those that no server reads as such", () => {
    expect(SPELLINGS.length).toBeGreaterThanOrEqual(600);
    for (const { forwarded } of fronts.values()) {
      expect(forwarded.length).toBeGreaterThan(0);
      expect(forwarded.length).toBeLessThan(SPELLINGS.length / 3);
      expect(PROTECTED.some((path) => forwarded.includes(path))).toBe(false);
    }
  });

  describe.each(Object.entries(ORIGINS))("in front of %s", (_name, kind) => {
    it("lead past no rule", { ...needs(...kind.needs), timeout: 120_000 }, async () => {
      const server = await kind.start();
      try {
        // Without the proxy many do: so the origin is one that odd spellings reach.
        const reaching = await targetsAnswered(server.port, SAMPLE, SECRET);
        expect(reaching.length).toBeGreaterThan(PROTECTED.length);
        for (const [runtime, front] of fronts) {
          front.origin.to(server.port);
          const leaks = await ask(front, front.forwarded, SECRET);
          expect({ runtime, leaks }).toEqual({ runtime, leaks: [] });
        }
      } finally {
        await server.close();
      }
    });
  });
});
