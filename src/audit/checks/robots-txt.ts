import { advise, type AuditCheck } from "../check.ts";
import { unableToCheck } from "../model.ts";
import { isPageReply } from "../reply.ts";

/** The site's preferences, from which the proxy makes a robots.txt; the operator chooses the values. */
export const SIGNAL_RULES = {
  signals: { search: true, aiInput: true, aiTrain: false },
  robots: { mode: "merge" },
} as const;

const goal = "serve a robots.txt that crawlers can read";

export const robotsTxt: AuditCheck = {
  id: "robotsTxt",
  category: "discoverability",
  title: "robots.txt",
  goal,
  specs: ["https://www.rfc-editor.org/rfc/rfc9309"],
  guide: "robots-txt",
  async run({ site, trail }) {
    const { reply, isFile, isPlainText, agents } = site.robots;
    trail.fetched(reply);
    if (reply.kind === "none") return unableToCheck(reply.message);
    const fail = (message: string) => ({
      status: "fail" as const,
      message,
      advice: advise(site, goal, {
        rules: SIGNAL_RULES,
        origin:
          "Serve /robots.txt with status 200 as text/plain, with at least one User-agent line and the rules that you mean. In the rules, choose the values of the signals.",
      }),
    });
    if (reply.status !== 200) return fail(`robots.txt not found (status ${reply.status})`);
    if (isPageReply(reply)) return fail("robots.txt is an HTML page");
    if (!isFile || !isPlainText) return fail("robots.txt is not text/plain");
    trail.note(
      "parse",
      "User-agent lines",
      agents.length > 0 ? "positive" : "negative",
      `${agents.length} found`,
    );
    if (agents.length === 0) return fail("robots.txt has no User-agent line");
    return { status: "pass", message: "robots.txt exists with valid format" };
  },
};
