import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { freePort } from "../support/runtimes.ts";
import { startCommand } from "../support/started.ts";

describe.each(["node", "workers"])("start --runtime %s while the origin is down", (runtime) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-down-"));
    writeFileSync(join(folder, "rules.jsonc"), '{ "health": { "origin": true } }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("starts, reports the fault once, and serves as soon as the origin responds", async () => {
    const port = await freePort();
    const argv = ["--runtime", runtime, "--rules", "rules.jsonc"];
    const proxy = await startCommand(folder, [...argv, "--origin", `http://127.0.0.1:${port}`]);
    try {
      expect((await send(`${proxy.url}/`)).status).toBe(502);
      expect((await send(`${proxy.url}/.wayleave/ready`)).status).toBe(503);
      expect((await send(`${proxy.url}/readyz`)).status).toBe(503);
      expect((await send(`${proxy.url}/.wayleave/health`)).status).toBe(200);
      expect(proxy.said().match(/"event":"origin-down"/g)).toHaveLength(1);
      if (runtime === "node") expect(proxy.said()).toContain('"code":"refused"');
      const server = createServer((_request, response) => response.end("here")).listen(port);
      await once(server, "listening");
      expect((await send(`${proxy.url}/`)).body.toString()).toBe("here");
      // What was found counts for two seconds.
      await new Promise((resolve) => setTimeout(resolve, 2100));
      expect((await send(`${proxy.url}/.wayleave/ready`)).status).toBe(200);
      server.closeAllConnections();
      server.close();
    } finally {
      await proxy.stop();
    }
  }, 60_000);
});
