import { asFeatureStage } from "../../../src/feature/stages.ts";
import { canonicalRedirectFeature } from "../../../src/features/canonical-redirect/feature.ts";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import type { Bot } from "../../../src/agent/bots.ts";
import { canonicalRedirectOptions } from "../../../src/features/canonical-redirect/policy.ts";
import { CanonicalRedirectStage } from "../../../src/features/canonical-redirect/stage.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { EVERYTHING, NO_PURGES } from "./exchange.ts";
import { FakeBody, fieldsOf, run, stage, type RunOptions } from "../../pipeline/fakes.ts";

const bot = { name: "A", category: "AI Crawler", behaviours: ["Training"] } as unknown as Bot;
const agent = { kind: "verified", bot, evidence: "signature" } as const;
const html = (head: string) => ({
  fields: { "content-type": "text/html", "cache-control": "max-age=60" },
  body: new FakeBody([head, "<body>"]),
});
const redirects = () =>
  asFeatureStage(
    canonicalRedirectFeature,
    new CanonicalRedirectStage({
      index: memoryStore().index,
      ledger: memoryStore().ledger,
      log: silentLog,
      generations: NO_PURGES,
      originServer: undefined,
      own: EVERYTHING,
      policyAt: () => ({ mode: "enforce", policy, rule: "defaults" }),
      now: () => 0,
    }),
  );
const policy = v.parse(canonicalRedirectOptions, {});

function redirected(options: RunOptions) {
  return run([redirects()], {
    policiesFor: () => () => ({ mode: "enforce", policy, rule: "defaults" }),
    ...options,
  });
}

describe("the canonical-redirect stage", () => {
  test("sends a training crawler to the canonical page, for itself only", async () => {
    const { answer } = await redirected({
      request: { agent },
      origin: html('<link rel=canonical href="/b">'),
    });
    expect(answer.status).toBe(301);
    expect(fieldsOf(answer)).toEqual({
      location: "https://www.example.com/b",
      "cache-control": "private, no-store",
      "content-length": "0",
    });
  });

  test("follows a Link field to HEAD too, and keeps asking for markdown", async () => {
    const fields = { "content-type": "text/html", link: '</b>; rel="canonical"' };
    const head = await redirected({ request: { agent, method: "HEAD" }, origin: { fields } });
    expect(fieldsOf(head.answer)["location"]).toBe("https://www.example.com/b");
    const forwards = stage("md", {
      onRequest: () => ({ kind: "forward", reason: "x", target: "/a/" }),
    });
    const { answer } = await run([redirects(), forwards], {
      policiesFor: () => () => ({ mode: "enforce", policy, rule: "defaults" }),
      request: { agent, target: "/a/index.md" },
      origin: { fields },
    });
    expect(fieldsOf(answer)["location"]).toBe("https://www.example.com/b/index.md");
  });

  test("never leads to another host, however the target is spelt", async () => {
    const { answer } = await redirected({
      request: { agent, target: "//evil.example/a" },
      origin: html('<link rel=canonical href="/b">'),
    });
    expect(fieldsOf(answer)["location"]).toBe("https://www.example.com/b");
  });

  test("sends every other client the page unchanged", async () => {
    for (const request of [{}, { agent, method: "POST" }]) {
      const { answer } = await redirected({
        request,
        origin: html('<link rel=canonical href="/b">'),
      });
      expect(answer.status).toBe(200);
      expect(fieldsOf(answer)["vary"]).toBeUndefined();
    }
  });

  test("follows no canonical of an error page, of other types, or in the body", async () => {
    const links = { "content-type": "text/html", link: '</b>; rel="canonical"' };
    const png = { ...links, "content-type": "image/png" };
    for (const origin of [
      { status: 404, fields: links },
      { fields: png },
      html("<p><link rel=canonical href=/b>"),
    ]) {
      const { answer } = await redirected({ request: { agent }, origin });
      expect(fieldsOf(answer)["location"]).toBeUndefined();
    }
  });
});
