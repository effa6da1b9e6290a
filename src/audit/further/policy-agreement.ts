import { advise } from "../check.ts";
import { unableToCheck } from "../model.ts";
import type { RobotsFacts } from "../robots-facts.ts";
import { parseSignal } from "../signals.ts";
import { ACCEPT_HTML } from "../site.ts";
import type { FurtherCheck, FurtherContext } from "./further-check.ts";

const goal = "say the same in robots.txt, in signals and in answers to crawlers";

/** Well-known crawlers, and the signal that is about their purpose. */
const CRAWLERS = [
  { token: "GPTBot", signal: "ai-train" },
  { token: "ClaudeBot", signal: "ai-train" },
  { token: "CCBot", signal: "ai-train" },
  { token: "Bytespider", signal: "ai-train" },
  { token: "OAI-SearchBot", signal: "search" },
  { token: "PerplexityBot", signal: "search" },
  { token: "Googlebot", signal: "search" },
  { token: "bingbot", signal: "search" },
  { token: "ChatGPT-User", signal: "ai-input" },
] as const;

/** The site's statements about one crawler, and its answers to it. */
interface CrawlerPolicy {
  readonly agent: string;
  readonly robots: "allows" | "forbids";
  /** The signal for its purpose, from robots.txt. */
  readonly signal: string | undefined;
  readonly status: number | undefined;
}

export const policyAgreement: FurtherCheck = {
  id: "policyAgreement",
  title: "robots.txt, signals and answers",
  goal,
  async run(context) {
    const { site } = context;
    const policies: CrawlerPolicy[] = [];
    for (const { token, signal } of CRAWLERS) policies.push(await policyOf(context, token, signal));
    if (policies.every(({ status }) => status === undefined))
      return unableToCheck("no request got a response");
    const faults = [...policies.flatMap(contradictions), ...(await fieldFaults(context))];
    const details = { crawlers: policies, faults };
    const ignored = policies.filter(
      ({ robots, status }) => robots === "forbids" && status !== undefined && status < 400,
    );
    const [first] = faults;
    if (first !== undefined) {
      return {
        status: "fail",
        message: first,
        details,
        advice: advise(site, goal, {
          rules: { robots: { mode: "merge" } },
          origin:
            "Decide for each crawler, then say it in one place: with wayleave, access rules decide, and robots.txt is written from them. A User-Agent is only a claim; to admit a crawler, rely on its signature or address.",
        }),
      };
    }
    const note =
      ignored.length === 0
        ? ""
        : `; robots.txt forbids ${ignored.map(({ agent }) => agent).join(", ")}, which nothing enforces (access rules can)`;
    return {
      status: "pass",
      message: `robots.txt, signals and answers agree for ${policies.length} crawlers${note}`,
      details,
    };
  },
};

async function policyOf(
  { site, trail }: FurtherContext,
  agent: string,
  name: string,
): Promise<CrawlerPolicy> {
  const rules = await site.robots.for(agent);
  // The name of the audit stays in it, so that logs tell the two apart.
  const userAgent = `Mozilla/5.0 (compatible; ${agent}/1.0; wayleave-audit)`;
  const reply = await site.get("/", { accept: ACCEPT_HTML, headers: { "user-agent": userAgent } });
  trail.fetched(reply, undefined, "neutral");
  return {
    agent,
    robots: rules.isAllowed("/") ? "allows" : "forbids",
    signal: signalFor(site.robots, agent.toLowerCase()).get(name),
    status: reply.kind === "response" ? reply.status : undefined,
  };
}

/** The signals of a crawler's groups, else of those for all. */
function signalFor({ signals }: RobotsFacts, token: string): ReadonlyMap<string, string> {
  const own = signals.filter(({ agents }) => agents.includes(token));
  const all = own.length > 0 ? own : signals.filter(({ agents }) => agents.includes("*"));
  const values = new Map<string, string>();
  for (const { value } of all)
    for (const [name, said] of parseSignal(value)) values.set(name, said);
  return values;
}

function contradictions({ agent, robots, signal, status }: CrawlerPolicy): readonly string[] {
  const faults: string[] = [];
  if (
    robots === "allows" &&
    status !== undefined &&
    status >= 400 &&
    status !== 402 &&
    status !== 429
  ) {
    faults.push(`robots.txt allows ${agent}, and the site answers ${status} to its User-Agent`);
  }
  if (robots === "forbids" && signal === "yes") {
    faults.push(`robots.txt forbids ${agent}, and its Content-Signal permits the use`);
  }
  return faults;
}

/** Contradictions between Content-Signal in robots.txt and in the response. */
async function fieldFaults({ site }: FurtherContext): Promise<readonly string[]> {
  const field = site.homeReply.fields.get("content-signal");
  if (field === undefined) return [];
  const said = parseSignal(field);
  const inFile = signalFor(site.robots, "*");
  return [...said].flatMap(([name, value]) => {
    const other = inFile.get(name);
    return other === undefined || other === value
      ? []
      : [
          `Content-Signal says ${name}=${value} in the response, and ${name}=${other} in robots.txt`,
        ];
  });
}
