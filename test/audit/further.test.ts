import { describe, expect, it } from "vitest";
import { comparableHeading, readMarkdownFacts } from "../../src/audit/further/markdown-facts.ts";
import type { AuditReply, AuditSend } from "../../src/audit/reply.ts";
import type { CheckStatus } from "../../src/audit/model.ts";
import { FieldList } from "../../src/http/fields.ts";
import { runFurther } from "../support/audit-further.ts";
import { scriptedSend, SITE, type Script, type Scripted } from "../support/scripted-site.ts";

const PAGE = `<!doctype html><title>Page</title><nav><a href="/x/">Elsewhere</a></nav>
<main><h1>First heading</h1><p>Some words about <a href="/a/?q=1">lanterns</a>.</p><h2>Second &amp; last</h2></main>`;
const MARKDOWN = `---\ntitle: Page\n---\n# First heading\n\nSome words about [lanterns](${SITE}/a/?q=1).\n\n## Second & last\n`;

type Fields = Readonly<Record<string, string>>;

/** A page in two forms, each with its fields. */
const forms =
  (html: Fields = {}, markdown: Fields = {}, text = MARKDOWN) =>
  (fields: Fields): Scripted => {
    const isMarkdown = fields["accept"] === "text/markdown";
    const own: Record<string, string> = {
      vary: "Accept, Accept-Encoding",
      ...(isMarkdown ? markdown : html),
    };
    const tag = own["etag"];
    if (tag !== undefined && fields["if-none-match"] === tag) return { status: 304, fields: own };
    return isMarkdown
      ? { type: "text/markdown", body: text, fields: own }
      : { type: "text/html", body: PAGE, fields: own };
  };

/** A shared cache that stores each 200 by its URL alone, from the n-th request on. */
function cacheWithoutVary(send: AuditSend, from = 1): AuditSend {
  const stored = new Map<string, AuditReply>();
  const counts = new Map<string, number>();
  return async (request, maxBytes) => {
    const known = stored.get(request.url);
    if (known?.kind === "response") {
      const fields = FieldList.from([...known.fields.lines()].flat());
      fields.set("age", "12");
      fields.set("x-cache", "HIT");
      return { ...known, request, fields };
    }
    const reply = await send(request, maxBytes);
    const count = (counts.get(request.url) ?? 0) + 1;
    counts.set(request.url, count);
    const isWhole = reply.kind === "response" && reply.status === 200 && request.method === "GET";
    if (isWhole && count >= from) stored.set(request.url, reply);
    return reply;
  };
}

/** A cache that answers 304 to each If-None-Match of a tag that it has seen at the URL. */
function cacheOfAnyTag(send: AuditSend): AuditSend {
  const seen = new Map<string, Set<string>>();
  return async (request, maxBytes) => {
    const asked = request.headers["if-none-match"];
    if (asked !== undefined && seen.get(request.url)?.has(asked) === true) {
      return {
        kind: "response",
        request,
        status: 304,
        fields: new FieldList(),
        content: new Uint8Array(),
        isCut: false,
        sentBytes: 0,
      };
    }
    const reply = await send(request, maxBytes);
    const tag = reply.kind === "response" ? reply.fields.get("etag") : undefined;
    if (tag !== undefined) seen.set(request.url, (seen.get(request.url) ?? new Set()).add(tag));
    return reply;
  };
}

async function expectItem(
  id: string,
  send: AuditSend,
  status: CheckStatus,
  message: RegExp,
): Promise<void> {
  const item = await runFurther(id, send);
  expect([item.status, item.message]).toEqual([status, expect.stringMatching(message)]);
  expect(item.advice === undefined).toBe(status !== "fail");
}

const MAP: Script = {
  "/sitemap.xml": {
    type: "text/xml",
    body: `<urlset><url><loc>${SITE}/a/</loc></url><url><loc>https://public.example/b/</loc></url></urlset>`,
  },
};

describe("markdown of several pages", () => {
  it("passes if all have it, at the sitemap's addresses on this origin", async () => {
    const script = { ...MAP, "/": forms(), "/a/": forms(), "/b/": forms() };
    const item = await runFurther("markdownPages", scriptedSend(script));
    expect(item).toMatchObject({ status: "pass", details: { pages: ["/", "/a/", "/b/"] } });
  });

  it("names the pages without it", async () => {
    const html: Scripted = { type: "text/html", body: PAGE };
    const script = { ...MAP, "/": forms(), "/a/": html, "/b/": forms({}, {}, " ") };
    await expectItem(
      "markdownPages",
      scriptedSend(script),
      "fail",
      /2 of 3 pages have no markdown: \/a\/, \/b\//,
    );
  });

  it("finds HTML that is only labelled as markdown, on all pages too", async () => {
    const labelled: Scripted = { type: "text/markdown", body: "<!doctype html><title>x</title>" };
    const script = {
      "/": (fields: Readonly<Record<string, string>>) =>
        fields["accept"] === "text/markdown" ? labelled : { type: "text/html", body: PAGE },
    };
    await expectItem("markdownPages", scriptedSend(script), "fail", /1 of 1 .*HTML or empty: \/$/);
  });

  it("does not repeat the check of the home page", async () => {
    await expectItem(
      "markdownPages",
      scriptedSend({ "/": { type: "text/html", body: PAGE } }),
      "neutral",
      /not applicable/,
    );
  });
});

describe("parity", () => {
  it("passes for the same headings, links and words", async () => {
    await expectItem("markdownParity", scriptedSend({ "/": forms() }), "pass", /same content/);
  });

  it.each([
    ["headings", MARKDOWN.replace("## Second & last", ""), /50 % of the headings.*second last/],
    ["links", MARKDOWN.replace(`(${SITE}/a/?q=1)`, "(/other/)"), /0 % of the links.*\/a\?q=1/],
    ["words", "# First heading\n## Second & last\n[x](/a/?q=1)", /of the words/],
  ])("fails without its %s", async (_what, text, message) => {
    await expectItem("markdownParity", scriptedSend({ "/": forms({}, {}, text) }), "fail", message);
  });

  it("reads markdown", () => {
    const text =
      "---\na: 1\n---\nTitle\n=====\n\n## Two ##\n```sh\n# no heading [no](/link)\n```\n[x](/x) ![i](/i.png) <https://y.example/> [z]: /no\n[z]: </z>\n~~~\n## no\n";
    const facts = readMarkdownFacts(text);
    expect(facts.headings).toEqual(["Title", "Two"]);
    expect(facts.links).toEqual(["/x", "/i.png", "https://y.example/", "/z"]);
    expect(comparableHeading("**A** [b](/c) `d`")).toBe("a b d");
  });

  it("reads a hostile text in linear time", () => {
    expect(readMarkdownFacts("](".repeat(200_000)).links.length).toBeLessThan(20_001);
    expect(readMarkdownFacts("[".repeat(500_000)).links).toEqual([]);
  });
});

describe("caches and Accept", () => {
  const site = scriptedSend({ "/": forms() });

  it("passes without a cache", () => expectItem("cacheVariants", site, "pass", /in both orders/));

  it.each([1, 2])("finds a cache that ignores Vary, and stores at request %i", async (from) => {
    const message = /a request for (?:HTML gets Markdown|Markdown gets HTML), .*x-cache: HIT/;
    await expectItem("cacheVariants", cacheWithoutVary(site, from), "fail", message);
  });

  it("finds that browsers would get markdown, in the order that shows it", async () => {
    const item = await runFurther("cacheVariants", cacheWithoutVary(site));
    expect(JSON.stringify(item.details)).toMatch(/HTML gets Markdown/);
    expect(JSON.stringify(item.details)).toMatch(/Markdown gets HTML/);
  });

  it("finds a missing Vary, unless shared caches may not store the page", async () => {
    const open = scriptedSend({ "/": forms({ vary: "Cookie" }) });
    await expectItem("cacheVariants", open, "fail", /Vary of HTML does not name Accept/);
    const shut = { vary: "Cookie", "cache-control": "private" };
    await expectItem("cacheVariants", scriptedSend({ "/": forms(shut, shut) }), "pass", /own form/);
  });

  it("does not apply without markdown", () =>
    expectItem("cacheVariants", scriptedSend({}), "neutral", /not applicable/));
});

describe("HEAD and conditional requests", () => {
  const tagged = scriptedSend({ "/": forms({ etag: '"h"' }, { etag: '"m"' }) });

  it("passes if each form has its own tag", () =>
    expectItem("cacheConditions", tagged, "pass", /right form/));

  it("finds a 304 for the wrong form", () =>
    expectItem("cacheConditions", cacheOfAnyTag(tagged), "fail", /with the ETag of \w+ gets 304/));

  it.each([
    ["strong", '"x"', '"x"'],
    ["weak", 'W/"x"', '"x"'],
  ])("finds one %s tag for two forms", async (_what, html, markdown) => {
    const send = scriptedSend({ "/": forms({ etag: html }, { etag: markdown }) });
    await expectItem("cacheConditions", send, "fail", /have the same ETag/);
  });

  it("finds one strong tag for two codings, and permits a weak one", async () => {
    const coded =
      (etag: string) =>
      (fields: Fields): Scripted => ({
        type: "text/html",
        body: PAGE,
        fields: {
          etag,
          ...(fields["accept-encoding"] === "gzip" ? { "content-encoding": "gzip" } : {}),
        },
      });
    await expectItem(
      "cacheConditions",
      scriptedSend({ "/": coded('"x"') }),
      "fail",
      /HTML and HTML in gzip have the same ETag/,
    );
    await expectItem(
      "cacheConditions",
      scriptedSend({ "/": coded('W/"x"') }),
      "pass",
      /right form/,
    );
  });

  it("finds a HEAD that differs from GET", async () => {
    const send = scriptedSend({ "/": forms() });
    const other: AuditSend = (request, most) =>
      request.method === "HEAD"
        ? send({ ...request, headers: { ...request.headers, accept: "text/html" } }, most)
        : send(request, most);
    await expectItem("cacheConditions", other, "fail", /HEAD of Markdown has the type text\/html/);
    const refusing: AuditSend = async (request, most) => {
      const reply = await send(request, most);
      return request.method === "HEAD" && reply.kind === "response"
        ? { ...reply, status: 405 }
        : reply;
    };
    await expectItem("cacheConditions", refusing, "fail", /HEAD of HTML answers 405, GET 200/);
  });

  it("does not apply without tags", () =>
    expectItem("cacheConditions", scriptedSend({ "/": forms() }), "neutral", /no ETag/));
});

describe("caches and Accept-Encoding", () => {
  const coded = (fields: Fields): Scripted => {
    const coding = fields["accept-encoding"] ?? "";
    const isCoded = coding === "br" || coding === "gzip";
    return {
      type: "text/html",
      body: PAGE,
      fields: { vary: "Accept-Encoding", ...(isCoded ? { "content-encoding": coding } : {}) },
    };
  };

  it("passes if each request gets a coding that it accepts", () =>
    expectItem("cacheCodings", scriptedSend({ "/": coded }), "pass", /identity, gzip, br/));

  it("finds a cache that ignores Vary", () =>
    expectItem(
      "cacheCodings",
      cacheWithoutVary(scriptedSend({ "/": coded })),
      "fail",
      /a request that accepts \w+ gets (?:br|gzip) \(age: 12/,
    ));

  it("finds a missing Vary", () =>
    expectItem(
      "cacheCodings",
      scriptedSend({
        "/": (fields) => ({
          ...coded(fields),
          fields: { ...coded(fields).fields, vary: "Accept" },
        }),
      }),
      "fail",
      /does not name Accept-Encoding/,
    ));
});

describe("robots.txt in caches", () => {
  const file = (body: string, fields: Fields = {}): Scripted => ({ body, fields });
  const RULES = "User-agent: *\nAllow: /\n";

  it("passes for a fresh one", () =>
    expectItem(
      "cacheRobots",
      scriptedSend({ "/robots.txt": file(RULES, { age: "60", "x-cache": "HIT" }) }),
      "pass",
      /no cache/,
    ));

  it("finds one that is older than a day", () =>
    expectItem(
      "cacheRobots",
      scriptedSend({ "/robots.txt": file(RULES, { age: "260000" }) }),
      "fail",
      /3 days old/,
    ));

  const dated = (stored: Fields, fresh: Fields): AuditSend => {
    const old = scriptedSend({ "/robots.txt": file(RULES, stored) });
    const now = scriptedSend({ "/robots.txt": file(`${RULES}Disallow: /new/\n`, fresh) });
    return (request, most) => (request.url.includes("?") ? now : old)(request, most);
  };
  const [MAY, JUNE] = ["Fri, 01 May 2026 00:00:00 GMT", "Mon, 01 Jun 2026 00:00:00 GMT"];

  it("finds one that is outdated", () =>
    expectItem(
      "cacheRobots",
      dated({ age: "60", "last-modified": MAY }, { "last-modified": JUNE }),
      "fail",
      /outdated robots\.txt \(age: 60\)/,
    ));

  it("accuses no server that treats a query as another address", async () => {
    await expectItem("cacheRobots", dated({}, {}), "pass", /no cache/);
    await expectItem("cacheRobots", dated({ age: "60" }, {}), "neutral", /unable to check/);
  });
});

describe("llms.txt", () => {
  const list: Scripted = {
    body: "# Site\n- [A](/a/)\n- [B](https://site.example/b/)\n- [C](https://other.example/)\n",
  };

  it("passes if its links on the site work", () =>
    expectItem(
      "llmsLinks",
      scriptedSend({ "/llms.txt": list, "/a/": forms(), "/b/": forms() }),
      "pass",
      /2 links of llms.txt work; 1 on other hosts/,
    ));

  it("names dead links", () =>
    expectItem(
      "llmsLinks",
      scriptedSend({ "/llms.txt": list, "/a/": forms(), "/b/": "none" }),
      "fail",
      /1 of 2 links of llms.txt are dead: \/b\/ \(no response\)/,
    ));

  it("is optional", () => expectItem("llmsLinks", scriptedSend({}), "neutral", /not applicable/));
});

describe("robots.txt, signals and answers", () => {
  const robots = (body: string): Script => ({ "/robots.txt": { body } });

  it("passes if they agree, and names what nothing enforces", async () => {
    await expectItem(
      "policyAgreement",
      scriptedSend(robots("User-agent: *\nAllow: /\n")),
      "pass",
      /agree for 9 crawlers$/,
    );
    await expectItem(
      "policyAgreement",
      scriptedSend(robots("User-agent: GPTBot\nDisallow: /\n")),
      "pass",
      /forbids GPTBot, which nothing enforces/,
    );
  });

  it("finds a server that refuses crawlers that robots.txt allows", () =>
    expectItem(
      "policyAgreement",
      scriptedSend({
        ...robots("User-agent: *\nAllow: /\n"),
        "/": (fields) =>
          /GPTBot/.test(fields["user-agent"] ?? "")
            ? { status: 403 }
            : { type: "text/html", body: PAGE },
      }),
      "fail",
      /allows GPTBot, and the site answers 403/,
    ));

  it("finds a signal that permits what robots.txt forbids", () =>
    expectItem(
      "policyAgreement",
      scriptedSend(robots("User-agent: CCBot\nContent-Signal: ai-train=yes\nDisallow: /\n")),
      "fail",
      /forbids CCBot, and its Content-Signal permits/,
    ));

  it("finds signals that differ between robots.txt and the response", () =>
    expectItem(
      "policyAgreement",
      scriptedSend({
        ...robots("User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n"),
        "/": { type: "text/html", body: PAGE, fields: { "content-signal": "ai-train=yes" } },
      }),
      "fail",
      /ai-train=yes in the response, and ai-train=no in robots\.txt/,
    ));
});

describe("a signed agent", () => {
  const sign = async (): Promise<Fields> => ({
    Signature: "sig1=:good:",
    "Signature-Agent": '"https://a.example"',
  });
  const run = (script: Script, signer: typeof sign | undefined = sign) =>
    runFurther("signedAgent", scriptedSend(script), SITE, { sign: signer });
  const page: Scripted = { type: "text/html", body: PAGE };

  it("can't be checked without a key", async () => {
    const item = await runFurther("signedAgent", scriptedSend({}));
    expect(item.message).toMatch(/unable to check: give a key/);
  });

  it("passes if it is admitted, and says if the signature decides", async () => {
    expect((await run({ "/": page })).message).toMatch(/gets 200; the answer does not depend/);
    const item = await run({
      "/": (fields) => (fields["Signature"] === "sig1=:AAAA:" ? { status: 401 } : page),
    });
    expect(item).toMatchObject({
      status: "pass",
      message: "a signed request gets 200, and 401 with a damaged signature",
    });
  });

  it("fails if it is refused, and shows no signature", async () => {
    const item = await run({
      "/": (fields) => (fields["Signature"] === undefined ? page : { status: 403 }),
    });
    expect(item).toMatchObject({
      status: "fail",
      message: "a signed request gets 403, an unsigned one 200",
    });
    expect(JSON.stringify(item)).not.toContain("good");
  });
});

describe("dictionaries", () => {
  const home: Scripted = { type: "text/html", body: '<script src="/app.1.js"></script>' };
  const OFFER = { "use-as-dictionary": 'match="/app.*.js"', "cache-control": "max-age=60" };
  const bundle = (fields: Fields, used = "dcz"): Script => ({
    "/": home,
    "/app.1.js": (asked) => ({
      type: "text/javascript",
      body: "code",
      fields:
        asked["available-dictionary"] === undefined
          ? fields
          : { ...fields, "content-encoding": used },
    }),
  });

  it("passes if they are offered, can be registered, and are used", () =>
    expectItem("dictionaries", scriptedSend(bundle(OFFER)), "pass", /1 scripts are offered/));

  it.each([
    ["is not used", bundle(OFFER, "gzip"), /with Available-Dictionary gets gzip/],
    ["is not fresh", bundle({ ...OFFER, "cache-control": "no-store" }), /no freshness/],
    ["has no match", bundle({ ...OFFER, "use-as-dictionary": "id=1" }), /no match/],
    ["is malformed", bundle({ ...OFFER, "use-as-dictionary": "{{" }), /no structured field/],
    [
      "has groups",
      bundle({ ...OFFER, "use-as-dictionary": 'match="/(a|b).js"' }),
      /groups of regular expressions/,
    ],
    [
      "is for another origin",
      bundle({ ...OFFER, "use-as-dictionary": 'match="https://x.example/*"' }),
      /another origin/,
    ],
  ])("finds one that %s", (_what, script, message) =>
    expectItem("dictionaries", scriptedSend(script), "fail", message),
  );

  it("is neutral without an offer or a script", async () => {
    await expectItem(
      "dictionaries",
      scriptedSend(bundle({})),
      "neutral",
      /no script offers itself/,
    );
    await expectItem("dictionaries", scriptedSend({}), "neutral", /not applicable/);
  });
});

describe("canonicals in short", () => {
  const page = (canonical: string): Scripted => ({
    type: "text/html",
    body: `<title>x</title><link rel="canonical" href="${canonical}"><p>Words.`,
  });

  it("passes for canonicals of the page itself", () =>
    expectItem(
      "canonicals",
      scriptedSend({ ...MAP, "/": page("/"), "/a/": page("/a/"), "/b/": page("/b/") }),
      "pass",
      /no faults/,
    ));

  it("finds loops and missing targets", async () => {
    const loop = { ...MAP, "/": page("/"), "/a/": page("/b/"), "/b/": page("/a/") };
    await expectItem("canonicals", scriptedSend(loop), "fail", /2 of 3 pages: \/a\/: .*loop/);
    const lost = { ...MAP, "/": page("/"), "/a/": page("/gone/") };
    await expectItem("canonicals", scriptedSend(lost), "fail", /status is not 200/);
  });

  it("says so if no page names one", () =>
    expectItem(
      "canonicals",
      scriptedSend({ "/": { type: "text/html", body: PAGE } }),
      "neutral",
      /none of 1 pages/,
    ));

  it("takes the sitemap's origin for the same site", () =>
    expectItem(
      "canonicals",
      scriptedSend({
        "/robots.txt": { body: "Sitemap: https://public.example/sitemap.xml" },
        "/": page("https://public.example/"),
      }),
      "pass",
      /no faults/,
    ));
});
