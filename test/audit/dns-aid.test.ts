import { describe, expect, it } from "vitest";
import { dnsAid } from "../../src/audit/checks/dns-aid.ts";
import { checkItem } from "../../src/audit/run.ts";
import { findSigns } from "../../src/audit/signs.ts";
import { openScripted, type Script, type Scripted } from "../support/scripted-site.ts";

const HOST = "www.lantern-tool.com";
const DNS = "https://dns.example/q";
const RECORD = { Status: 0, AD: true, Answer: [{ type: 64, data: "1 agents.example. alpn=h2" }] };
const MISSING = { Status: 3, AD: true };

const address = (label: string, type: string) => `${DNS}?name=${label}.${HOST}&type=${type}&do=1`;
const answers = (first: object): Script => {
  const all = ["_index._agents", "_a2a._agents"].flatMap((label) =>
    ["SVCB", "HTTPS"].map((type) => address(label, type)),
  );
  const body = (value: object): Scripted => ({
    type: "application/dns-json",
    body: JSON.stringify(value),
  });
  return Object.fromEntries(all.map((url, at) => [url, body(at === 0 ? first : MISSING)]));
};

async function run(script: Script, dns: string | undefined = DNS, host = HOST) {
  const site = await openScripted(script, [], `https://${host}`);
  const context = { site, isCommerce: false, dns, signs: () => findSigns(site) };
  return checkItem(
    context,
    (whole) => dnsAid.run(whole),
    () => 0,
  );
}

describe("dnsAid", () => {
  it("passes with a record, and says if DNSSEC authenticates it", async () => {
    const item = await run(answers(RECORD));
    expect(item).toMatchObject({ status: "pass", details: { isAuthentic: true } });
    const plain = await run(answers({ ...RECORD, AD: false }));
    expect(plain).toMatchObject({ status: "pass", details: { isAuthentic: false } });
  });

  it("is neutral without a record, which a proxy can't add", async () => {
    expect(await run(answers(MISSING))).toMatchObject({
      status: "neutral",
      message: expect.stringMatching(/not applicable/),
    });
  });

  it.each([
    ["an error of the name server", { Status: 2 }],
    ["an HTML page", "<html>"],
  ])("can't be checked after %s", async (_what, first) => {
    const item = await run(answers(typeof first === "string" ? { html: first } : first));
    expect(item).toMatchObject({
      status: "neutral",
      message: expect.stringMatching(/unable to check/),
    });
  });

  it("can't be checked without a name server", async () => {
    const site = await openScripted({}, [], `https://${HOST}`);
    const context = { site, isCommerce: false, dns: undefined, signs: () => findSigns(site) };
    const item = await checkItem(
      context,
      (whole) => dnsAid.run(whole),
      () => 0,
    );
    expect(item.message).toMatch(/unable to check/);
  });

  it.each(["127.0.0.1", "localhost", "shop.internal", "[::1]"])(
    "asks nobody about %s",
    async (host) => {
      const seen: string[] = [];
      const site = await openScripted({}, seen, `https://${host}`);
      const context = { site, isCommerce: false, dns: DNS, signs: () => findSigns(site) };
      await checkItem(
        context,
        (whole) => dnsAid.run(whole),
        () => 0,
      );
      expect(seen.filter((each) => each.startsWith(DNS))).toEqual([]);
    },
  );
});
