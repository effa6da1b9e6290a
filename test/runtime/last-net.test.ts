import { spawn, type ChildProcess } from "node:child_process";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { send } from "../support/client.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";

const PAGE = "<!doctype html><title>Page</title><main><h1>Page</h1><p>Text.</p></main>";

describe("code that throws outside of any handler", () => {
  let origin: RawOrigin;
  let child: ChildProcess;
  let url = "";
  let out = "";

  beforeAll(async () => {
    origin = await startRawOrigin();
    origin.answer = () => ({
      bytes: `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`,
    });
    const script = new URL("../support/defective-plugin.ts", import.meta.url).pathname;
    child = spawn(process.execPath, [script, origin.url], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
    await vi.waitUntil(() => /^http\S+\n/m.test(out), 20_000);
    url = /^http\S+/m.exec(out)?.[0] ?? "";
  }, 30_000);

  afterAll(async () => {
    child?.kill("SIGKILL");
    await origin?.close();
  });

  it("ends only its own request: 500, and the proxy continues", async () => {
    const asMarkdown = { headers: { accept: "text/markdown" } };
    const [failed, other] = await Promise.all([
      send(`${url}/m/page`, asMarkdown),
      send(`${url}/other`),
    ]);
    expect(other.status).toBe(200);
    expect(failed.status).toBe(500);
    expect(failed.headers["content-type"]).toBe("application/problem+json");
    expect((await send(`${url}/m/page`)).body.toString()).toBe(PAGE);
    expect(out).toContain('"event":"uncaught"');
    expect(out).toMatch(/thrown by a timer[^\n]*defective-plugin\.ts/);
    expect(out).toMatch(/rejected, and nobody listens/);
    expect(child.exitCode).toBeNull();
  }, 20_000);
});
