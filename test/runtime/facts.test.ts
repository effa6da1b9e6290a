import { expect, test } from "vitest";
import { clientAddress } from "../../src/runtime/client-address.ts";
import { WebRequest } from "../../src/runtime/web/request.ts";
import { clientFacts } from "../../src/runtime/workers/incoming.ts";

test.each([
  ["the peer without trusted proxies, whatever is written", "9.9.9.9", "1.1.1.1", 0, "9.9.9.9"],
  ["what the one trusted proxy wrote", "10.0.0.1", "6.6.6.6, 1.1.1.1", 1, "1.1.1.1"],
  ["what the outer of two wrote", "10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", 2, "1.1.1.1"],
  ["the peer where no proxy wrote", "10.0.0.1", undefined, 1, "10.0.0.1"],
  ["without a port", "10.0.0.1", "1.1.1.1:4711", 1, "1.1.1.1"],
  ["IPv6 without brackets and port", "10.0.0.1", '"[2001:db8::1]:4711"', 1, "2001:db8::1"],
])("the client's address is %s", (_what, peer, forwarded, hops, address) => {
  expect(clientAddress(peer, forwarded, hops)).toBe(address);
});

function incoming(cf: object | undefined, headers: Record<string, string> = {}): WebRequest {
  const request = new Request("https://site.example/", { headers });
  if (cf !== undefined) Object.defineProperty(request, "cf", { value: cf });
  return new WebRequest(request);
}

test("Cloudflare names the client, and bare workerd its socket", () => {
  const headers = { "cf-connecting-ip": "1.1.1.1" };
  expect(clientFacts(incoming({}, headers)).peer).toBe("1.1.1.1");
  expect(clientFacts(incoming({ clientIp: "9.9.9.9:80" }, headers)).peer).toBe("9.9.9.9");
  expect(clientFacts(incoming({ clientIp: "[2001:db8::1]:80" }, headers)).peer).toBe("2001:db8::1");
});

test("a client of the development server can write no fact of the network", () => {
  const cf = {
    country: "DE",
    clientIp: "9.9.9.9:80",
    verifiedBotCategory: "AI Crawler",
    botManagement: { verifiedBot: true },
  };
  const facts = clientFacts(incoming(cf, { "cf-connecting-ip": "127.0.0.1" }), true);
  expect(facts).toMatchObject({ peer: "127.0.0.1", country: undefined, verdict: undefined });
});

test.each([
  ["no cf at all", undefined, undefined],
  ["a visitor", { botManagement: { verifiedBot: false } }, undefined],
  ["a visitor of another plan", { verifiedBotCategory: "" }, undefined],
  [
    "a verified bot",
    { botManagement: { verifiedBot: true }, verifiedBotCategory: "AI Crawler" },
    { by: "cloudflare", category: "AI Crawler" },
  ],
  [
    "a verified bot without category",
    { botManagement: { verifiedBot: true } },
    { by: "cloudflare", category: undefined },
  ],
  [
    "a category alone",
    { verifiedBotCategory: "AI Search" },
    { by: "cloudflare", category: "AI Search" },
  ],
  [
    "a category that is denied",
    { botManagement: { verifiedBot: false }, verifiedBotCategory: "x" },
    undefined,
  ],
])("Cloudflare's verdict is read from %s", (_what, cf, verdict) => {
  expect(clientFacts(incoming(cf)).verdict).toEqual(verdict);
});
