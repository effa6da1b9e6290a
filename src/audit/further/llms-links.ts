import { advise } from "../check.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import { isPageReply, textOf } from "../reply.ts";
import { ACCEPT_MARKDOWN } from "../site.ts";
import type { FurtherCheck } from "./further-check.ts";
import { readMarkdownFacts } from "./markdown-facts.ts";

const goal = "list in llms.txt only pages that exist";

/** Links that are requested. */
const MOST = 25;

export const llmsLinks: FurtherCheck = {
  id: "llmsLinks",
  title: "Links of llms.txt",
  goal,
  async run({ site, trail }) {
    const reply = await site.get("/llms.txt", { accept: "text/plain, text/markdown;q=0.9" });
    trail.fetched(reply);
    if (reply.kind === "none") return unableToCheck(reply.message);
    if (reply.status !== 200 || isPageReply(reply))
      return notApplicable("the site has no llms.txt, which is optional");
    const all = [...new Set(readMarkdownFacts(textOf(reply)).links)].flatMap(
      (href) => URL.parse(href, site.home.href) ?? [],
    );
    const own = all.filter(({ origin }) => origin === site.origin);
    const dead: string[] = [];
    let tried = 0;
    for (const url of own.slice(0, MOST)) {
      const target = await site.get(url.pathname + url.search, {
        accept: `${ACCEPT_MARKDOWN}, */*;q=0.5`,
      });
      if (target.kind === "none" && target.why === "disallowed") continue;
      tried += 1;
      if (target.kind === "response" && target.status >= 200 && target.status < 400) continue;
      trail.fetched(target, undefined, "negative");
      dead.push(
        `${url.pathname + url.search} (${target.kind === "none" ? target.message : target.status})`,
      );
    }
    const others = all.length - own.length;
    const details = { links: all.length, tried, elsewhere: others, dead };
    if (dead.length === 0) {
      const rest = others === 0 ? "" : `; ${others} on other hosts were not requested`;
      if (tried === 0)
        return {
          status: "neutral",
          message: `llms.txt has no link that could be tried${rest}`,
          details,
        };
      return { status: "pass", message: `${tried} links of llms.txt work${rest}`, details };
    }
    return {
      status: "fail",
      message: `${dead.length} of ${tried} links of llms.txt are dead: ${dead.slice(0, 5).join(", ")}`,
      details,
      advice: advise(site, goal, {
        rules: { defaults: { documents: true } },
        origin:
          "Correct or remove these links. If wayleave may write the list, delete the origin server's /llms.txt: the list then has the pages that the proxy knows to exist.",
      }),
    };
  },
};
