import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { followRules } from "../../src/cli/start/follow-rules.ts";
import { fileReader } from "../../src/cli/rules-file.ts";
import { FEATURES } from "../../src/features.ts";
import type { LoadedRules } from "../../src/rules/load.ts";
import { RulesInForce } from "../../src/runtime/rules-in-force.ts";
import { send } from "../support/client.ts";
import { startKv } from "../support/kv.ts";
import { startOrigin } from "../support/origin.ts";
import { RUNTIMES } from "../support/runtimes.ts";

const rules = JSON.stringify({ documents: { "/.well-known/ai-catalog.json": "./ai.json" } });

const catalog = (name: string): string =>
  JSON.stringify({
    specVersion: "1.0",
    entries: [
      {
        identifier: "urn:air:x:y",
        displayName: name,
        type: "text/plain",
        url: "https://x.example/",
      },
    ],
  });

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  for (let left = 200; left > 0; left--) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it does not happen");
}

test("a Worker reads documents from KV, and keeps the last valid ones", async () => {
  const kv = await startKv();
  const origin = await startOrigin();
  const proxy = await RUNTIMES.workerd({ origin: origin.url, rules: {}, kv: kv.url });
  const nameNow = async (): Promise<string> =>
    (await send(`${proxy.url}/.well-known/ai-catalog.json`)).body.toString();
  try {
    kv.entries.set("documents/ai.json", catalog("first"));
    kv.entries.set("rules", rules);
    await until(async () => (await nameNow()).includes("first"));
    kv.entries.set("documents/ai.json", "{}");
    // Requests make the Worker look into KV.
    await until(async () => {
      await nameNow();
      return proxy.log.join("").includes("rules-refused");
    });
    expect(await nameNow()).toContain("first");
    kv.entries.set("documents/ai.json", catalog("second"));
    await until(async () => (await nameNow()).includes("second"));
  } finally {
    await proxy.close();
    await origin.close();
    await kv.close();
  }
});

test("a running proxy follows changes of the files", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-documents-"));
  const file = join(folder, "rules.jsonc");
  writeFileSync(file, rules);
  writeFileSync(join(folder, "ai.json"), catalog("first"));
  const applied: LoadedRules[] = [];
  const refused: unknown[] = [];
  const inForce = new RulesInForce({
    builtInBots: "[]",
    features: FEATURES,
    apply: (loaded) => void applied.push(loaded),
    now: () => 0,
    log: { info: () => {}, warn: (event, facts) => void refused.push([event, facts]) },
  });
  await inForce.started({ text: rules, readFile: fileReader(file) });
  const following = followRules(file, inForce, { info: () => {}, warn: () => {} });
  const textNow = (): string => JSON.stringify(applied.at(-1)?.rules.documents ?? {});
  try {
    await new Promise((resolve) => setTimeout(resolve, 700));
    writeFileSync(join(folder, "ai.json"), catalog("second"));
    await until(() => textNow().includes("second"));
    writeFileSync(join(folder, "ai.json"), "[");
    await until(() => refused.length > 0);
    expect(textNow()).toContain("second");
  } finally {
    await following.stop();
  }
});
