import { advise, type AuditCheck } from "../check.ts";
import { parseSignal } from "../signals.ts";
import { SIGNAL_RULES } from "./robots-txt.ts";

const goal = "say in robots.txt what content may be used for (Content-Signal)";

export const contentSignals: AuditCheck = {
  id: "contentSignals",
  category: "botAccessControl",
  title: "Content signals in robots.txt",
  goal,
  specs: [
    "https://contentsignals.org/",
    "https://datatracker.ietf.org/doc/draft-romm-aipref-contentsignals/",
  ],
  guide: "content-signals",
  async run({ site, trail }) {
    const { reply, isFile, signals } = site.robots;
    trail.fetched(reply);
    const fail = (message: string) => ({
      status: "fail" as const,
      message,
      advice: advise(site, goal, {
        rules: SIGNAL_RULES,
        origin:
          "Add a line such as Content-Signal: search=yes, ai-input=yes, ai-train=no inside a User-agent group of robots.txt, with the values that you mean.",
      }),
    });
    if (!isFile) return fail("Cannot check Content Signals without robots.txt");
    const valid = signals.filter(({ value }) => parseSignal(value).size > 0);
    const inGroup = valid.filter(({ agents }) => agents.length > 0);
    for (const { agents, value } of valid.slice(0, 20)) {
      trail.note(
        "parse",
        `Content-Signal of ${agents.join(", ") || "no group"}`,
        agents.length > 0 ? "positive" : "negative",
        value,
      );
    }
    if (inGroup.length > 0)
      return {
        status: "pass",
        message: "Content Signals found in robots.txt",
        details: { signals: inGroup },
      };
    return fail(
      valid.length > 0
        ? "Content-Signal stands outside of all User-agent groups, where readers ignore it"
        : "No Content Signals found in robots.txt",
    );
  },
};
