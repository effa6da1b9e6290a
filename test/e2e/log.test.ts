import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { logLines } from "../support/log-lines.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startCommand } from "../support/started.ts";

const RULES = {
  // Options, so that what they leave out has defaults.
  defaults: { markdown: true, compression: {} },
  rules: [{ name: "closed", match: { path: "/closed/*" }, access: { action: "challenge" } }],
};

// A Worker takes a while to start where the machine is busy.
describe.each(["node", "workers"])("start --log on %s", { timeout: 120_000 }, (runtime) => {
  let folder: string;
  let origin: TestOrigin;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-log-"));
    writeFileSync(join(folder, "rules.jsonc"), JSON.stringify(RULES));
    origin = await startOrigin();
    origin.routes.set("/page/", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html", "content-length": "25" });
      response.end("<main><h1>A</h1></main>\n\n");
    });
    origin.routes.set("/closes", (request) => void request.socket.destroy());
  });

  afterAll(async () => {
    await origin?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const started = (...argv: readonly string[]) => {
    const own = ["--origin", origin.url, "--rules", "rules.jsonc", "--runtime", runtime];
    return startCommand(folder, [...own, ...argv]);
  };
  const linesOf = (text: string) => logLines({ log: [text] });

  it("contains errors by default: lines of JSON with the cause", async () => {
    const proxy = await started();
    await send(`${proxy.url}/page/?a=hunter2`);
    await send(`${proxy.url}/closed/?a=hunter2`);
    await send(`${proxy.url}/closes?a=hunter2`);
    const events = () => linesOf(proxy.said()).map(({ event }) => event);
    await expect.poll(events).toContain("origin-failed");
    expect(events()).toContain("request-refused");
    expect(events()).not.toContain("access");
    expect(events()).not.toContain("rules-deprecated");
    await proxy.stop();
    for (const { time } of linesOf(proxy.said())) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    expect(proxy.said()).not.toContain("hunter2");
    // Nothing decorates a line.
    expect(proxy.said()).not.toMatch(/^.+\{"time"/m);
  });

  it("off writes nothing", async () => {
    // workerd itself has a line to write at its start.
    if (runtime === "workers") return;
    const proxy = await started("--log", "off");
    await send(`${proxy.url}/closed/`);
    await send(`${proxy.url}/closes`);
    await proxy.stop();
    expect(linesOf(proxy.said())).toEqual([]);
  });

  it("access writes a line for each request, requests its trace as well", async () => {
    const proxy = await started("--log", "requests");
    await send(`${proxy.url}/page/?a=hunter2`, { headers: { "user-agent": "GPTBot/1.2" } });
    const about = (event: string) =>
      linesOf(proxy.said()).filter((line) => line.event === event && hasPath(line));
    const hasPath = (line: object) => JSON.stringify(line).includes("/page/");
    await expect.poll(() => about("request")).toHaveLength(1);
    await expect.poll(() => about("access")).toHaveLength(1);
    expect(about("access")[0]).toMatchObject({
      level: "info",
      method: "GET",
      path: "/page/",
      status: 200,
      originStatus: 200,
      agent: { kind: "claimed", name: "GPTBot", evidence: "claim" },
      cache: "none",
    });
    expect(about("request")[0]).toMatchObject({ answer: { status: 200 } });
    await proxy.stop();
    expect(proxy.said()).not.toContain("hunter2");
  });

  it("combined fills a file that other programs read, and SIGHUP reopens it", async () => {
    const file = join(folder, `${runtime}.log`);
    const proxy = await started("--log", "access", "--log-format", "combined", "--log-file", file);
    await send(`${proxy.url}/closed/?a=1`, { headers: { "user-agent": 'a "b"' } });
    const read = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
    await expect
      .poll(read)
      .toMatch(
        /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/closed\/ HTTP\/1\.1" 403 (?:\d+|-) "-" "a \\x22b\\x22"$/m,
      );
    expect(read()).not.toContain("{");
    const events = () => linesOf(proxy.said()).map(({ event }) => event);
    await expect.poll(events).toContain("request-refused");
    renameSync(file, `${file}.1`);
    proxy.signal("SIGHUP");
    await expect
      .poll(
        async () => {
          await send(`${proxy.url}/page/`);
          return read();
        },
        // Read anew, rules start a Worker anew.
        { timeout: 15_000 },
      )
      .toContain("/page/");
    await proxy.stop();
  });
});

describe("the options of the log", () => {
  it.each([
    [["--log", "all"], '--log must be one of "off", "errors", "access", "requests", not "all"'],
    [["--log-format", "xml"], '--log-format must be one of "json", "combined", not "xml"'],
  ])("are refused if they are not valid: %j", async (argv, why) => {
    const { code, err } = await runCommand(tmpdir(), ["start", "--runtime", "node", ...argv]);
    expect(code).toBe(2);
    expect(err).toContain(why);
  });
});
