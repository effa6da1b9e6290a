import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const DELAY = 60;

const RULES = {
  rules: [
    { name: "told", match: { path: "/told" }, markdown: true, serverTiming: true },
    { name: "watched", match: { path: "/watched" }, markdown: "observe", serverTiming: true },
    { name: "switched off", match: { path: "/off" }, markdown: false, serverTiming: true },
    { name: "untold", match: { path: "/untold" }, markdown: true },
  ],
};

/** The metrics of a Server-Timing field, by the grammar of the specification (W3C Server Timing). */
function parse(field: string): Map<string, number> {
  const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  const metric = new RegExp(`^(${token})((?:[ \\t]*;[ \\t]*${token}=(?:${token}|"[^"]*"))*)$`);
  const found = new Map<string, number>();
  for (const part of field.split(",")) {
    const [, name, parameters = ""] = metric.exec(part.trim()) ?? [];
    if (name === undefined) throw new Error(`not a metric: ${part}`);
    found.set(name, Number(/;[ \t]*dur=([\d.]+)/.exec(parameters)?.[1]));
  }
  return found;
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("Server-Timing on %s", (runtime) => {
  let origin: TestOrigin;
  const closing: Proxy[] = [];
  const start = async (rules: object): Promise<Proxy> => {
    const proxy = await RUNTIMES[runtime]({ origin: origin.url, rules });
    closing.push(proxy);
    return proxy;
  };
  const timingOf = async ({ url }: Proxy, path: string): Promise<string | null> => {
    const response = await fetch(url + path);
    await response.text();
    return response.headers.get("server-timing");
  };

  beforeAll(async () => {
    origin = await startOrigin();
    origin.missing = (_, response) =>
      void setTimeout(
        () => response.writeHead(200, { "content-type": "text/html" }).end("<p>a"),
        DELAY,
      );
    origin.routes.set("/own", (_, response) =>
      response.writeHead(200, { "server-timing": "db;dur=5" }).end("a"),
    );
  });

  afterAll(async () => {
    for (const proxy of closing) await proxy.close();
    await origin.close();
  });

  it("is sent only if a rule says so, also by a rule in observe", async () => {
    const proxy = await start(RULES);
    const told = parse((await timingOf(proxy, "/told")) ?? "");
    expect([...told.keys()]).toEqual(["origin", "wayleave"]);
    expect(told.get("origin")).toBeGreaterThan(DELAY - 10);
    expect(told.get("wayleave")).toBeGreaterThanOrEqual(0);
    expect(await timingOf(proxy, "/watched")).not.toBeNull();
    expect(await timingOf(proxy, "/off")).not.toBeNull();
    expect(await timingOf(proxy, "/untold")).toBeNull();
    expect(await timingOf(proxy, "/other")).toBeNull();
  }, 60_000);

  it("is sent for all requests if telemetry.serverTiming says so, beside the origin server's own", async () => {
    const no = { name: "no", match: { path: "/no" }, markdown: true, serverTiming: false };
    const proxy = await start({ telemetry: { serverTiming: true }, rules: [no] });
    expect([...parse((await timingOf(proxy, "/own")) ?? "").keys()]).toEqual([
      "db",
      "origin",
      "wayleave",
    ]);
    expect(await timingOf(proxy, "/no")).toBeNull();
  }, 60_000);
});
