import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explain } from "../../src/cli/explain/command.ts";

const folder = mkdtempSync(join(tmpdir(), "wayleave-explain-"));
let files = 0;

function file(text: string, name = `${files++}.txt`): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs the command in this process. */
async function run(argv: readonly string[], color = false): Promise<string> {
  let out = "";
  const code = await explain.run({
    argv,
    env: {},
    // oxlint-disable-next-line require-yield -- no input
    input: (async function* () {})(),
    color,
    out: (text) => void (out += text as string),
    err: () => {},
  });
  expect(code).toBe(0);
  return out;
}

const RULES = file(
  JSON.stringify({
    publicOrigin: "https://www.example.com",
    defaults: { markdown: true },
    rules: [
      { name: "private", match: { path: "/account/*" }, markdown: false },
      { name: "old manual", match: { path: "/v1/*" }, canonicalRedirect: true },
      { name: "watched", match: { path: "/watched/*" }, canonicalRedirect: "observe" },
      {
        name: "bundles",
        match: { path: "/assets/*" },
        compression: { dictionary: { match: "/assets/app.*.js" } },
      },
    ],
  }),
);

/** What the report says of one feature, in one line. */
async function said(feature: string, ...argv: string[]): Promise<string> {
  const out = await run([...argv, "--rules", RULES]);
  const top = out.slice(0, out.indexOf("\n\nWho"));
  const at = top.search(new RegExp(`^\\S*(?:, )?${feature}`, "m"));
  const lines = top.slice(at).split("\n");
  const end = lines.findIndex((line, i) => i > 0 && /^\S/.test(line));
  return lines
    .slice(0, end === -1 ? undefined : end)
    .map((line) => line.trim())
    .join(" ")
    .replace(/ +/g, " ");
}

const page = (head: string): string => file(`<!doctype html><html><head>${head}</head><p>x</html>`);
const canonical = (href: string): string => page(`<link rel="canonical" href="${href}">`);
const signed = ["--as", "GPTBot", "--verified"];

describe("why a request was not redirected", () => {
  it("since its agent only claims to be a crawler", async () => {
    expect(await said("canonicalRedirect", "/v1/install/", "--as", "GPTBot")).toContain(
      "not redirected: nothing proves the agent's claim; the rule requires verified " +
        '(rule "old manual", enforce)',
    );
  });

  it("since it is a search engine", async () => {
    const out = await said("canonicalRedirect", "/v1/x", "--as", "Googlebot", "--verified");
    expect(out).toContain("not redirected: Googlebot does Search, which the rule exempts");
  });

  it("since its page names no canonical", async () => {
    const out = await said("canonicalRedirect", "/v1/x", ...signed);
    expect(out).toContain(
      "not redirected: the page names no canonical, neither in its head nor in a Link field",
    );
    expect(out).toContain('→ Put <link rel="canonical" href="…"> into its head');
  });

  it("since its canonical is on another site", async () => {
    const html = canonical("https://elsewhere.example/a");
    const out = await said("canonicalRedirect", "/v1/x", ...signed, "--html", html);
    expect(out).toContain(
      "not redirected: the page's canonical is on another site: https://elsewhere.example/a",
    );
    expect(out).toContain("equivalents");
  });

  it("since it is its own canonical", async () => {
    const out = await said("canonicalRedirect", "/v1/x", ...signed, "--html", canonical("/v1/x"));
    expect(out).toContain("the page is its own canonical");
  });

  it("since the rule only observes", async () => {
    const html = canonical("/new/");
    const argv = ["/watched/x", ...signed, "--html", html];
    expect(await said("canonicalRedirect", ...argv)).toContain(
      "would be redirected: to https://www.example.com/new/, which its canonical link names " +
        '(rule "watched", observe)',
    );
    const out = await run([...argv, "--rules", RULES]);
    expect(out).toContain("In enforce, this would differ:");
    expect(out).toContain("status: 200 → 301");
  });

  it("since no rule switches redirects on there", async () => {
    const out = await said("canonicalRedirect", "/v2/x", ...signed, "--html", canonical("/new/"));
    expect(out).toContain("off: no matching rule mentions it, and neither do defaults");
    expect(out).toContain('rule "old manual" does not match: path /v1/* does not match /v2/x');
  });
});

describe("why a page was not converted", () => {
  it("since the request does not accept markdown", async () => {
    expect(await said("markdown", "/page/")).toContain(
      "not converted: the request does not prefer markdown, by Accept or by its address " +
        "(defaults, enforce) → Send Accept: text/markdown, or request …/index.md.",
    );
  });

  it("since it is no HTML", async () => {
    const argv = ["/page/", "--header", "Accept: text/markdown"];
    const type = ["--response-header", "Content-Type: application/json"];
    expect(await said("markdown", ...argv, ...type)).toContain(
      "not converted: the response is not HTML",
    );
  });

  it("since a rule switches it off, however the path is spelt", async () => {
    const out = await said("markdown", "/x/..%2faccount/", "--header", "Accept: text/markdown");
    expect(out).toContain('switched off by the rule (rule "private", off)');
  });

  it("since the origin forbids it", async () => {
    const argv = ["/page/", "--header", "Accept: text/markdown"];
    const fields = ["--response-header", "Cache-Control: no-transform"];
    expect(await said("markdown", ...argv, ...fields)).toContain(
      "not converted: Cache-Control: no-transform forbids another form of the content",
    );
  });
});

it("says that a rule applies to a share of agents, and the difference for the others", async () => {
  const text = JSON.stringify({ rules: [{ name: "trial", markdown: { percentage: 0 } }] });
  const argv = ["/page/", "--header", "Accept: text/markdown", "--rules", file(text)];
  const out = (await run(argv)).replaceAll(/\s+/g, " ");
  expect(out).toContain(
    "would be converted to markdown: the page is sent as text/markdown " +
      '(rule "trial", observe, not among its 0 % of agents)',
  );
  expect(out).toContain("text/html; charset=utf-8 → text/markdown; charset=utf-8");
});

describe("why a response was not compressed", () => {
  const bundle = "/assets/app.2.js";

  it("since the client has no dictionary", async () => {
    expect(await said("compression", bundle)).toContain(
      "not compressed: the client offers no dictionary (no Available-Dictionary)",
    );
  });

  it("since it is not for all clients", async () => {
    const fields = ["--response-header", "Cache-Control: private"];
    expect(await said("compression", bundle, ...fields)).toContain(
      "not compressed: the response is not for all clients, so the proxy uses no dictionary",
    );
  });

  it("since its dictionary is not stored here", async () => {
    const argv = ["--header", `Available-Dictionary: :${"A".repeat(43)}=:`];
    const codings = ["--header", "Accept-Encoding: dcb, dcz"];
    expect(await said("compression", bundle, ...argv, ...codings)).toContain(
      "not compressed: the proxy has not stored the client's dictionary",
    );
  });

  it("since the rule's pattern is for other paths", async () => {
    expect(await said("compression", "/assets/vendor.js")).toContain(
      "not compressed: the path does not match the dictionary's match /assets/app.*.js",
    );
  });
});

describe("the report", () => {
  const long = `/v1/${"segment-".repeat(30)}?q=${"x".repeat(200)}`;
  const requests: readonly (readonly string[])[] = [
    ["/v1/install/", ...signed],
    [long, ...signed, "--html", canonical(`/${"y".repeat(150)}`)],
    ["/x/..%2f..//account/%2e%2e/page.md", "--as", "ChatGPT-User", "--ip", "192.0.2.7"],
    ["https://other.example:8443/", "--header", "Accept: text/markdown"],
    ["/watched/a", ...signed, "--response-header", `X-Long: ${"z ".repeat(120)}`],
  ];

  it.each(requests)(
    "of %s is at most 80 columns wide, and plain without color",
    async (...argv) => {
      const out = await run([...argv, "--rules", RULES]);
      const lines = out.split("\n");
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
      expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
      expect(out).not.toContain("\u001b");
    },
  );

  it("says the same in color", async () => {
    const [argv] = requests;
    const plain = await run([...(argv ?? []), "--rules", RULES]);
    const colored = await run([...(argv ?? []), "--rules", RULES], true);
    expect(colored).toContain("\u001b[");
    // oxlint-disable-next-line no-control-regex -- colors are made of them
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain);
  });

  it("prints no control character of a field", async () => {
    const fields = ["--response-header", "X-Evil: \u001b]0;title\u0007\u202e"];
    expect(await run(["/page/", ...fields, "--rules", RULES])).not.toMatch(
      // oxlint-disable-next-line no-control-regex -- the very point
      /[\u001b\u0007\u202e]/,
    );
  });

  it("names the agent and the evidence", async () => {
    const rules = file(
      JSON.stringify({
        agents: {
          bots: [
            {
              name: "AddressBot",
              tokens: ["AddressBot"],
              operator: "Demo",
              category: "AI Crawler",
              ipRanges: ["192.0.2.0/24"],
            },
          ],
        },
      }),
    );
    const argv = ["/", "--rules", rules, "--as", "addressbot"];
    const inside = await run([...argv, "--ip", "192.0.2.7"]);
    expect(inside).toContain("  verified: AddressBot of Demo, AI Crawler");
    expect(inside).toContain("  ip-range     counts: ");
    const outside = await run([...argv, "--ip", "198.51.100.7"]);
    expect(outside).toContain("  claimed: AddressBot of Demo, AI Crawler");
    expect(outside.replaceAll(/\s+/g, " ")).toContain(
      "address does not count: it is in none of the operator's address lists (198.51.100.7)",
    );
  });

  it("shows each rule with the condition that did not match, and which rule decided", async () => {
    const out = (await run(["/v1/x", "--rules", RULES])).replaceAll(/\s+/g, " ");
    expect(out).toContain('1 "private" does not match: path /account/* does not match /v1/x');
    expect(out).toContain('2 "old manual" matches; decides canonicalRedirect');
    expect(out).toContain("defaults decides markdown");
    expect(out).toContain("variant key https://www.example.com/v1/x html identity - 0");
  });

  it("does not let thousands of rules hide the one that counts", async () => {
    const rules = Array.from({ length: 500 }, (_, i) => ({
      name: `r${i}`,
      match: { path: `/${i}/*` },
      markdown: false,
    }));
    rules.push({ name: "last", match: { path: "/here" }, markdown: false });
    const out = await run(["/here", "--rules", file(JSON.stringify({ rules }))]);
    expect(out).toContain('501 "last"');
    expect(out).toContain("more that do not match");
    expect(out.split("\n").length).toBeLessThan(60);
  });
});

describe("--json", () => {
  it("gives the whole trace", async () => {
    const argv = ["/v1/x", ...signed, "--html", canonical("/new/"), "--rules", RULES, "--json"];
    const trace = JSON.parse(await run(argv)) as Record<string, unknown>;
    expect(trace).toMatchObject({
      request: { method: "GET", url: "https://www.example.com/v1/x" },
      agent: { kind: "verified", name: "GPTBot", evidence: [{ kind: "signature", counts: true }] },
      answer: { status: 301, vary: [] },
    });
    expect(trace["features"]).toContainEqual(
      expect.objectContaining({
        feature: "canonicalRedirect",
        mode: "enforce",
        rule: "old manual",
        basis: "rule",
        decisions: [
          { phase: "request", mode: "enforce", kind: "forward", reason: "in-audience" },
          expect.objectContaining({ phase: "response", kind: "respond", reason: "canonical" }),
        ],
      }),
    );
    expect(trace["summary"]).toContainEqual(
      expect.objectContaining({ feature: "canonicalRedirect", outcome: "done" }),
    );
  });

  it("shows the difference in enforce", async () => {
    const argv = ["/watched/x", ...signed, "--html", canonical("/new/"), "--rules", RULES];
    const trace = JSON.parse(await run([...argv, "--json"])) as Record<string, unknown>;
    expect(trace).toMatchObject({ answer: { status: 200 }, inEnforce: { status: 301 } });
  });
});

describe("the origin server", () => {
  const rules = file(
    JSON.stringify({
      origin: "https://app.internal",
      origins: { shop: { url: ["https://shop-1.internal", "https://shop-2.internal"] } },
      rules: [{ name: "shop", match: { path: "/shop/*" }, origin: "shop" }],
    }),
  );

  it.each([
    ["/shop/a", "shop", ["https://shop-1.internal", "https://shop-2.internal"]],
    ["/x/../shop/a", "shop", ["https://shop-1.internal", "https://shop-2.internal"]],
    ["/a", "default", ["https://app.internal"]],
  ])("of %s is %s", async (target, name, urls) => {
    const argv = [target, "--rules", rules];
    const out = await run(argv);
    expect(out.replaceAll(/\s+/g, " ")).toContain(`origin server ${name} (${urls.join(", ")})`);
    expect(JSON.parse(await run([...argv, "--json"]))).toMatchObject({ origin: { name, urls } });
  });

  it("is not named if there is only one", async () => {
    const argv = ["/a", "--rules", RULES];
    expect(await run(argv)).not.toContain("origin server  ");
    expect(JSON.parse(await run([...argv, "--json"]))).not.toHaveProperty("origin");
  });
});

describe("requests that can't be explained", () => {
  it.each([
    [[], "give one URL"],
    [["nonsense"], "not an http or https URL, and not a path"],
    [["/.wayleave/ready"], "wayleave's own"],
    [["/", "--as", "GPTBott"], 'the bot table has no "GPTBott"; did you mean "GPTBot"?'],
    [["/", "--verified"], "--as BOT"],
    [["/", "--as", "GPTBot", "--evidence", "strong"], "--evidence must be one of claim,"],
    [["/", "--header", "nonsense"], "is not a field"],
    [["/", "--status", "99"], "--status must be a number"],
    [["/", "--html", "/nowhere/page.html"], "can't read"],
    [["/", "--method", "CONNECT"], "does not forward"],
    [["/", "--origin", "ftp://x"], "--origin must be an origin"],
    [["/", "--origin", "http://127.0.0.1:1", "--status", "404"], "can't be combined with --html"],
    [["/", "--origin", "http://127.0.0.1:1", "--method", "POST"], "must be GET or HEAD"],
  ])("is said for %j", async (argv, message) => {
    await expect(run([...argv, "--rules", RULES])).rejects.toThrow(message);
  });
});
