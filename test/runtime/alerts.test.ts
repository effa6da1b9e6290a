import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { freePort, RUNTIMES } from "../support/runtimes.ts";
import { startCommand } from "../support/started.ts";
import { signatureOf, startWebhook, type TestWebhook } from "../support/webhook.ts";

const SECRET = "a-secret-of-the-operator";
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function receiver(): Promise<TestWebhook> {
  const webhook = await startWebhook();
  closing.push(() => webhook.close());
  return webhook;
}

/** Requests pages of an origin server that is away. */
async function requestPages(url: string): Promise<void> {
  for (let i = 0; i < 6; i++) {
    const response = await fetch(`${url}/a?token=hidden`);
    expect(response.status).toBe(502);
    await response.text();
  }
}

function expectSigned(webhook: TestWebhook, at: number): void {
  const received = webhook.received[at];
  if (received === undefined) throw new Error("nothing was received");
  expect(received.headers["webhook-signature"]).toBe(signatureOf(received, Buffer.from(SECRET)));
}

it("Node tells a webhook that the origin server is down, and that rules have changed, each once", async () => {
  const webhook = await receiver();
  const folder = mkdtempSync(join(tmpdir(), "wayleave-alerts-"));
  const file = join(folder, "rules.jsonc");
  const origin = `http://127.0.0.1:${await freePort()}`;
  const on = ["origin-down", "rules-changed"];
  const rules = { origin, telemetry: { alerts: { url: webhook.url, on } } };
  writeFileSync(file, JSON.stringify(rules));
  const argv = ["--runtime", "node", "--rules", file];
  const proxy = await startCommand(folder, argv, { ALERTS_SECRET: SECRET });
  closing.push(() => proxy.stop());
  await requestPages(proxy.url);
  await expect.poll(() => webhook.received.length, { timeout: 10_000 }).toBe(1);
  expect(webhook.received[0]?.event).toMatchObject({
    type: "origin-down",
    state: "begins",
    text: "wayleave: origin-down begins",
  });
  expect(webhook.received[0]?.body).not.toContain("hidden");
  expectSigned(webhook, 0);
  writeFileSync(file, JSON.stringify({ ...rules, defaults: { markdown: true } }));
  proxy.signal("SIGHUP");
  await expect.poll(() => webhook.received.length, { timeout: 10_000 }).toBe(2);
  expect(webhook.received[1]?.event).toMatchObject({ type: "rules-changed", state: "happened" });
  expectSigned(webhook, 1);
  await requestPages(proxy.url);
  expect(webhook.received).toHaveLength(2);
}, 60_000);

it("a webhook that is slow or fails delays no response", async () => {
  const webhook = await receiver();
  webhook.answer = () => {};
  const folder = mkdtempSync(join(tmpdir(), "wayleave-alerts-"));
  const file = join(folder, "rules.jsonc");
  writeFileSync(file, JSON.stringify({ telemetry: { alerts: { on: ["origin-down"] } } }));
  const argv = [
    "--runtime",
    "node",
    "--rules",
    file,
    "--origin",
    `http://127.0.0.1:${await freePort()}`,
  ];
  const proxy = await startCommand(folder, argv, { ALERTS_URL: webhook.url });
  closing.push(() => proxy.stop());
  await requestPages(proxy.url);
  await expect.poll(() => webhook.received.length, { timeout: 10_000 }).toBe(1);
  // Nothing answers the webhook's request, and pages are answered meanwhile.
  await requestPages(proxy.url);
  expect(webhook.received[0]?.headers["webhook-signature"]).toBeUndefined();
}, 60_000);

it("a Worker tells the webhook of its variable that the origin server is down", async () => {
  const webhook = await receiver();
  const proxy = await RUNTIMES.workerd({
    origin: `http://127.0.0.1:${await freePort()}`,
    rules: { telemetry: { alerts: { on: ["origin-down"] } } },
    variables: { ALERTS_URL: webhook.url, ALERTS_SECRET: SECRET },
  });
  closing.push(() => proxy.close());
  await requestPages(proxy.url);
  await expect.poll(() => webhook.received.length, { timeout: 10_000 }).toBe(1);
  expect(webhook.received[0]?.event).toMatchObject({ type: "origin-down", state: "begins" });
  expectSigned(webhook, 0);
}, 60_000);
