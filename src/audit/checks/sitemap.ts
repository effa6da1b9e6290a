import { parseSitemap } from "../../http/sitemap.ts";
import { nextTurn } from "../../timing/turns.ts";
import { advise, type AuditCheck, type CheckContext } from "../check.ts";
import { unableToCheck } from "../model.ts";
import { isPageReply, textOf, type AuditReply } from "../reply.ts";

const goal = "publish a sitemap of the public pages, and name it in robots.txt";

/** The addresses that are tried if robots.txt names none. */
const USUAL = ["/sitemap.xml", "/sitemap-index.xml", "/sitemap_index.xml", "/sitemap.xml.gz"];
/** Sitemap lines that are tried. */
const MOST_NAMED = 5;

export const sitemap: AuditCheck = {
  id: "sitemap",
  category: "discoverability",
  title: "Sitemap",
  goal,
  specs: ["https://www.sitemaps.org/protocol.html"],
  guide: "sitemap",
  async run(context) {
    const { site } = context;
    const named = site.robots.sitemaps
      .slice(0, MOST_NAMED)
      .flatMap((line) => URL.parse(line, site.home.href) ?? []);
    const own = named
      .filter(({ origin }) => origin === site.origin)
      .map(({ pathname, search }) => pathname + search);
    let unable: string | undefined;
    for (const target of new Set([...own, ...USUAL])) {
      const reply = await site.get(target, { accept: "application/xml, text/xml, */*;q=0.1" });
      if (await isSitemap(reply, context)) return pass(target, site.origin);
      if (reply.kind === "none") unable ??= reply.message;
      else if (reply.status >= 500) unable ??= `${target} answers ${reply.status}`;
    }
    // On a preview, the file names the addresses of the public site.
    for (const { href } of named.filter(({ origin }) => origin !== site.origin)) {
      const reply = await site.getElsewhere(href, "application/xml, */*;q=0.1");
      if (await isSitemap(reply, context)) return pass(href, site.origin);
    }
    if (unable !== undefined) return unableToCheck(unable);
    return {
      status: "fail",
      message: "no sitemap found",
      advice: advise(site, goal, {
        rules: { defaults: { documents: { sitemap: true } } },
        origin:
          "Generate /sitemap.xml with the canonical addresses of the public pages, and add a Sitemap line to robots.txt.",
      }),
    };
  },
};

const pass = (where: string, origin: string) => ({
  status: "pass" as const,
  message: "sitemap.xml exists with valid structure",
  details: { url: URL.parse(where, origin)?.href },
});

async function isSitemap(reply: AuditReply, { trail }: CheckContext): Promise<boolean> {
  trail.fetched(reply);
  if (reply.kind === "none" || reply.status !== 200) return false;
  const text = textOf(reply);
  if (
    isPageReply(reply) ||
    !/<(?:[\w.-]+:)?(?:urlset|sitemapindex)[\s/>]/.test(text.slice(0, 10_000))
  ) {
    trail.note("parse", reply.request.url, "negative", "neither urlset nor sitemapindex");
    return false;
  }
  const { kind, locations } = await parseSitemap(text, nextTurn);
  const what = kind === "index" ? "sitemaps" : "pages";
  trail.note("parse", reply.request.url, "positive", `${locations.length} ${what}`);
  return true;
}
