import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand, type Ended } from "../support/cli.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

const TOKEN = "the-token-of-the-operator";

let folder: string;
let origin: TestOrigin;
let proxy: StartedProxy;
let text = "Before";

const wayleave = (...argv: string[]): Promise<Ended> => runCommand(folder, argv);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-purge-"));
  writeFileSync(
    join(folder, "rules.jsonc"),
    '{ "defaults": { "markdown": true, "cache": { "after": 100 } } }',
  );
  writeFileSync(join(folder, "token"), `${TOKEN}\n`);
  origin = await startOrigin();
  origin.routes.set("/page/", (_request, response) => {
    response.writeHead(200, { "content-type": "text/html", "cache-control": "max-age=600" });
    response.end(`<h1>${text}</h1>`);
  });
  const argv = ["--runtime", "node", "--rules", "rules.jsonc", "--origin", origin.url];
  proxy = await startCommand(folder, argv, { PURGE_TOKEN: TOKEN });
});

afterAll(async () => {
  await proxy?.stop();
  await origin?.close();
  rmSync(folder, { recursive: true });
});

const page = async (): Promise<string> =>
  (await send(`${proxy.url}/page/index.md`)).body.toString();

describe("wayleave purge", () => {
  it.each([
    ["a URL", () => [`${proxy.url}/page/`], () => `${proxy.url}/page/`],
    ["all", () => ["--all", "--proxy", proxy.url], () => "all"],
  ])("purges %s, and says by when everywhere", async (_what, argv, purged) => {
    text = "Before";
    await wayleave("purge", "--all", "--proxy", proxy.url, "--token-file", "token");
    expect(await page()).toContain("# Before");
    text = "After";
    while (!(await isStored())) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await page()).toContain("# Before");
    const { code, out, err } = await wayleave("purge", ...argv(), "--token-file", "token");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^purged \S+, everywhere by 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z\n$/);
    expect(out).toContain(`purged ${purged()},`);
    expect(await page()).toContain("# After");
  });

  it("accepts the name of a group, and prints JSON for programs", async () => {
    const argv = ["--group", "/assets/app.*.js", "--proxy", proxy.url, "--token-file", "token"];
    const { code, out } = await wayleave("purge", ...argv, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ purged: { kind: "group", group: "/assets/app.*.js" } });
  });

  it("says in one line why a proxy refuses", async () => {
    writeFileSync(join(folder, "wrong"), "not-the-token-of-the-operator");
    const wrong = await wayleave("purge", `${proxy.url}/page/`, "--token-file", "wrong");
    expect(wrong.code).toBe(1);
    expect(wrong.err).toBe(
      `wayleave purge: 401 from ${proxy.url}: Send the proxy's ADMIN_TOKEN or PURGE_TOKEN as Authorization: Bearer.\n`,
    );
    const elsewhere = ["http://127.0.0.2/x", "--proxy", proxy.url, "--token-file", "token"];
    const other = await wayleave("purge", ...elsewhere);
    expect(other.code).toBe(1);
    expect(other.err).toBe(
      `wayleave purge: 403 from ${proxy.url}: This proxy serves ${proxy.url}, and purges URLs of that origin only.\n`,
    );
    const nobody = ["--all", "--proxy", "http://127.0.0.1:9", "--token-file", "token"];
    expect((await wayleave("purge", ...nobody)).err).toBe(
      "wayleave purge: no response from http://127.0.0.1:9\n",
    );
    const site = await wayleave("purge", "--all", "--proxy", origin.url, "--token-file", "token");
    expect(site.err).toContain(
      "is not wayleave, or was started without ADMIN_TOKEN and PURGE_TOKEN",
    );
  });

  it("does not send its token to the target of a redirect", async () => {
    const shown: unknown[] = [];
    const thief = await listening((headers) => void shown.push(headers["authorization"]));
    const server = await listening(undefined, thief.url);
    const argv = ["--all", "--proxy", server.url, "--token-file", "token"];
    const { code, err } = await wayleave("purge", ...argv);
    expect(code).toBe(1);
    expect(err).toContain("this is not a response of wayleave");
    expect(shown).toEqual([]);
    server.server.close();
    thief.server.close();
  });

  it.each([
    [[], "give what to purge: one URL, --group PATTERN or --all"],
    [["--all", "--group", "/a"], "give what to purge: one URL, --group PATTERN or --all"],
    [["page"], '"page" is not a URL like https://www.example.com/page'],
    [["--all"], "give the address of the proxy with --proxy URL"],
    [
      ["http://www.example.com/"],
      "over http, others could read the token; to allow that, give the address with --proxy",
    ],
    [["--all", "--proxy", "x"], '--proxy is not a URL: "x"'],
    [["https://x.example/"], "no token: set ADMIN_TOKEN or PURGE_TOKEN, or use --token-file"],
    [["https://x.example/", "--token-file", "none"], "can't read the token file none"],
    [
      ["https://x.example/", "--token-file", "rules.jsonc"],
      "the token must be at least 20 letters, digits or any of -._~+/=",
    ],
  ])("refuses %j in one line", async (argv, why) => {
    expect(await wayleave("purge", ...argv)).toEqual({
      code: 2,
      out: "",
      err: `wayleave purge: ${why}\n`,
    });
  });

  it("refuses a token that could be guessed", async () => {
    const options = ["--runtime", "node", "--rules", "rules.jsonc", "--origin", origin.url];
    await expect(startCommand(folder, options, { PURGE_TOKEN: "short" })).rejects.toThrow(
      "PURGE_TOKEN must be at least 20 letters",
    );
  });
});

async function isStored(): Promise<boolean> {
  return (await send(`${proxy.url}/page/index.md`)).headers["cache-status"] !== undefined;
}

/** A server that notes what it is sent, and sends on to where it is told. */
async function listening(
  note: ((headers: Readonly<Record<string, unknown>>) => void) | undefined,
  to?: string,
): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    note?.(request.headers);
    response
      .writeHead(to === undefined ? 200 : 307, to === undefined ? {} : { location: to })
      .end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}
