import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send, type RawResponse } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const PAGE = `<!doctype html><title>Lamps</title><main><h1>Lamps</h1><p>${"Light. ".repeat(40)}</p></main>`;
const AGENTS = Array.from({ length: 200 }, (_, i) => `Reader/${i}`);
const TOKEN = "the-admin-token-of-the-canaries";

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a canary on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  /** Agents for which the origin server fails. */
  const failing = new Set<string | undefined>();

  beforeAll(async () => {
    origin = await startOrigin();
    origin.missing = (request, response) => {
      const isFailing = failing.has(request.headers["user-agent"]);
      response.setHeader("content-type", "text/html");
      response.writeHead(isFailing ? 503 : 200).end(PAGE);
    };
    const markdown = { percentage: 50, canary: { errors: 5 } };
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      adminToken: TOKEN,
      rules: { rules: [{ name: "trial", match: { path: "/trial/*" }, markdown }] },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const ask = (agent: string, path = "/trial/"): Promise<RawResponse> =>
    send(`${proxy.url}${path}`, { headers: { "user-agent": agent, accept: "text/markdown" } });
  const isMarkdown = ({ headers }: RawResponse): boolean =>
    headers["content-type"]?.startsWith("text/markdown") === true;
  /** Asks for all agents one after another, so that the counts are those of this order. */
  const askAll = async (): Promise<string[]> => {
    const inside: string[] = [];
    for (const agent of AGENTS) if (isMarkdown(await ask(agent))) inside.push(agent);
    return inside;
  };

  it("stops its rule for all agents once its share fails more often than the rest", async () => {
    const inside = await askAll();
    expect(inside.length).toBeGreaterThan(60);
    expect(inside.length).toBeLessThan(140);
    for (const agent of inside) failing.add(agent);
    await askAll();
    failing.clear();
    expect(await askAll()).toEqual([]);
    const lines = proxy.log.flatMap((line) => {
      const told = JSON.parse(line) as Record<string, unknown>;
      return told["event"] === "canary-stopped" ? [told] : [];
    });
    expect(lines).toMatchObject([
      { feature: "markdown", rule: "trial", measure: "errors", outside: 0 },
    ]);
    expect(Number(lines[0]?.["inside"])).toBeGreaterThan(5);
  });

  it("tells the holder of the token the state of each canary", async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { body } = await send(`${proxy.url}/.wayleave/ready`, { headers });
    const { canaries } = JSON.parse(body.toString()) as { canaries: object[] };
    expect(canaries).toMatchObject([{ feature: "markdown", rule: "trial", state: "stopped" }]);
    const open = await send(`${proxy.url}/.wayleave/ready`, {});
    expect(open.body.toString()).not.toContain("canaries");
  });
});
