import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { expect, it } from "vitest";
import { builtCommand } from "../support/built-command.ts";
import { runCommand } from "../support/cli.ts";
import { send } from "../support/client.ts";

it("serves the audit until a signal, and says what is wrong with its options", async () => {
  const argv = ["--disable-warning=ExperimentalWarning", await builtCommand(), "audit", "--serve"];
  const child = spawn(process.execPath, [...argv, "--port", "0", "--dns", "off"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [first] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  const [, url = ""] = /^ready (http:\/\/127\.0\.0\.1:\d+\/mcp)\n$/.exec(first) ?? [];
  const listed = await send(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  expect(listed.body.toString()).toContain('"scan_site"');
  child.kill("SIGTERM");
  expect(await once(child, "close")).toEqual([0, null]);
  const faults: readonly (readonly [readonly string[], string])[] = [
    [["--serve", "https://example.com"], "--serve takes no URL"],
    [["--serve", "--host", "0.0.0.0"], "name the endpoint's host with --public-host"],
  ];
  for (const [options, message] of faults) {
    const ended = await runCommand(".", ["audit", ...options]);
    expect([ended.code, ended.err]).toEqual([2, expect.stringContaining(message)]);
  }
});
