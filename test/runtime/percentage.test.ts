import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type RawResponse } from "../support/client.ts";
import { startNegotiatingOrigin } from "../support/negotiating-origin.ts";
import type { TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const AGENTS = Array.from({ length: 24 }, (_, i) => `Reader/${i}`);
const PERCENTAGES = [0, 30, 60, 100];

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a percentage on %s", (runtime) => {
  let origin: TestOrigin;
  let proxies: Proxy[];

  beforeAll(async () => {
    origin = await startNegotiatingOrigin();
    proxies = await Promise.all(
      PERCENTAGES.map((percentage) =>
        RUNTIMES[runtime]({
          origin: origin.url,
          rules: {
            defaults: { cache: { after: 100 } },
            rules: [{ name: "trial", markdown: { percentage } }],
          },
        }),
      ),
    );
  });

  afterAll(async () => {
    await Promise.all((proxies ?? []).map((proxy) => proxy.close()));
    await origin?.close();
  });

  const ask = (at: number, agent: string, path = "/page/"): Promise<RawResponse> => {
    const headers = { "user-agent": agent, accept: "text/markdown" };
    return send(`${(proxies[at] as Proxy).url}${path}`, { headers });
  };
  const isMarkdown = ({ headers }: RawResponse): boolean =>
    headers["content-type"]?.startsWith("text/markdown") === true;
  const inside = async (at: number): Promise<string[]> => {
    const asked = await Promise.all(AGENTS.map((agent) => ask(at, agent)));
    return AGENTS.filter((_, i) => isMarkdown(asked[i] as RawResponse));
  };

  it("enforces for more agents the higher it is, and always for the same", async () => {
    const [none, some, more, all] = await Promise.all(PERCENTAGES.map((_, at) => inside(at)));
    expect(none).toEqual([]);
    expect(all).toEqual(AGENTS);
    expect(some?.length).toBeGreaterThan(0);
    expect((more as string[]).length).toBeLessThan(AGENTS.length);
    expect(more).toEqual(expect.arrayContaining(some as string[]));
    expect((more as string[]).length).toBeGreaterThan((some as string[]).length);
    expect(await inside(1)).toEqual(some);
  });

  it("makes responses that it changes private, and leaves those to other clients unchanged", async () => {
    const some = await inside(1);
    const [one, other] = [some[0], AGENTS.find((agent) => !some.includes(agent))] as [
      string,
      string,
    ];
    const mine = await ask(1, one);
    expect(mine.headers["cache-control"]).toBe("private, max-age=60");
    for (const path of ["/page/", "/page/index.md"]) {
      const theirs = await ask(1, other, path);
      const straight = await send(`${origin.url}${path}`, {
        headers: { "user-agent": other, accept: "text/markdown" },
      });
      expect(theirs.status).toBe(straight.status);
      expect(theirs.headers["cache-control"]).toBe(straight.headers["cache-control"]);
      expect(theirs.headers.vary).toBe(straight.headers.vary);
      expect(theirs.body).toEqual(straight.body);
    }
    // Everyone's markdown is everyone's.
    expect((await ask(3, one)).headers["cache-control"]).toBe("public, max-age=60");
  });

  it("says private in a 304 too, and in a stored response", async () => {
    const [one] = (await inside(1)) as [string];
    const again = await ask(1, one);
    expect(again.headers["cache-status"]).toMatch(/^wayleave; hit/);
    expect(again.headers["cache-control"]).toBe("private, max-age=60");
    const headers = {
      "user-agent": one,
      accept: "text/markdown",
      "if-none-match": String(again.headers.etag),
    };
    const confirmed = await send(`${(proxies[1] as Proxy).url}/page/`, { headers });
    expect(confirmed.status).toBe(304);
    expect(confirmed.headers["cache-control"]).toBe("private, max-age=60");
  });
});
