import {
  MEASURES,
  STEPS,
  type HistoryAddition,
  type HistoryStore,
} from "../../src/store/history.ts";
import { MOST_ROWS, TABLE_NAMES, type TableName } from "../../src/telemetry/history/tables.ts";

/** Agents of the generated requests: name, operator, category, behaviours, share. */
const AGENTS = [
  ["anonymous", "", "", "", 52],
  ["GPTBot", "OpenAI", "AI Crawler", "Training", 14],
  ["ClaudeBot", "Anthropic", "AI Crawler", "Training", 9],
  ["Googlebot", "Google", "Search Engine Crawler", "Search", 8],
  ["ChatGPT-User", "OpenAI", "AI Assistant", "Agent", 6],
  ["OAI-SearchBot", "OpenAI", "AI Search", "Search", 4],
  ["Bytespider", "ByteDance", "AI Crawler", "Training+Search", 3],
  ["PerplexityBot", "Perplexity", "AI Search", "Search", 2],
  ["bingbot", "Microsoft", "Search Engine Crawler", "Search", 1],
  ['<script>alert("agent")</script>', "=HYPERLINK(1)", "Other", "", 1],
] as const;
const VERDICTS = [
  ["verified", "ip-range", 70],
  ["claimed", "claim", 24],
  ["spoofed", "claim", 6],
] as const;
const STATUSES = [
  ["200", 80],
  ["304", 8],
  ["404", 6],
  ["403", 4],
  ["502", 1],
  ["301", 1],
] as const;
const CACHES = ["hit", "miss", "bypass"] as const;
const PATHS = [
  "/docs/install",
  "/blog/2026/markdown",
  "/v1/guide",
  "/<img src=x onerror=alert(1)>",
  "/=cmd|' /C calc'!A0",
  "/pricing",
  "/",
];

/** Options of generated figures. */
export interface RolledUp {
  /** Seconds since the epoch: the time of the last addition. */
  readonly until: number;
  readonly days: number;
  readonly requestsPerDay: number;
  /** Additions for each day. @default 1 */
  readonly timesPerDay?: number;
  /** Rows of the table of requests for each addition, at most about. @default 400 */
  readonly rows?: number;
}

/** Adds generated figures to a history, the same in each run; returns the number of requests. */
export async function rollUp(store: HistoryStore, options: RolledUp): Promise<number> {
  const { until, days, requestsPerDay, timesPerDay = 1, rows = 400 } = options;
  let sum = 0;
  for (let day = days - 1; day >= 0; day--) {
    for (let time = 0; time < timesPerDay; time++) {
      const at = until - day * STEPS.day - time * (STEPS.day / timesPerDay);
      const wave = 1 + 0.3 * Math.sin(day / 6) + 0.15 * Math.sin(day * 0.9) + 0.2 * Math.sin(time);
      const requests = Math.round((requestsPerDay / timesPerDay) * wave);
      const tables = additions(requests, rows, day);
      sum += (tables.get("requests") ?? []).reduce((all, [, [count = 0]]) => all + count, 0);
      await store.add({
        at,
        tables: TABLE_NAMES.map((name) => ({
          name,
          most: MOST_ROWS[name],
          rows: tables.get(name) ?? [],
        })),
      });
    }
  }
  return sum;
}

function additions(requests: number, rows: number, day: number) {
  const tables = new Map<TableName, HistoryAddition[]>(TABLE_NAMES.map((name) => [name, []]));
  const add = (name: TableName, count: number, ...key: readonly string[]): void => {
    if (count > 0) tables.get(name)?.push([key, numbersOf(count, name)]);
  };
  let left = rows;
  for (const [agent, operator, category, behaviours, share] of AGENTS) {
    const drift = agent === "GPTBot" ? 1 + (200 - day) / 400 : 1;
    for (const [verdict, evidence, part] of agent === "anonymous"
      ? ([["anonymous", "", 100]] as const)
      : VERDICTS) {
      for (const [status, weight] of STATUSES) {
        for (const cache of CACHES) {
          if (left-- <= 0) continue;
          const count = Math.round(
            (requests * drift * share * part * weight) / 1_000_000 / CACHES.length,
          );
          const access = status === "403" ? "block" : "allow";
          add(
            "requests",
            count,
            agent,
            operator,
            category,
            behaviours,
            verdict,
            evidence,
            status,
            cache,
            access,
          );
        }
      }
      if (agent === "anonymous") continue;
      const count = Math.round((requests * share * part) / 10_000);
      for (const [i, path] of PATHS.entries()) {
        const some = Math.round(count / (i + 2));
        add("paths", some, path, agent, verdict, "200", "text/html");
        add("patterns", some, `/${path.split("/")[1] ?? ""}/*`, agent, category, verdict, "200");
      }
      add("violations", Math.round(count / 90), agent, verdict, "/private/x");
      add("missing", Math.round(count / 30), "/old/page", agent, verdict, "404");
      add("decisions", count, "access", "no training", "enforce", "block", "blocked", agent);
      add("redirects", Math.round(count / 50), "/v1/guide", "/v2/guide", agent, "redirected");
      if (verdict === "spoofed") add("impostors", count, agent, verdict, "203.0.113.0/24");
      add("charges", Math.round(count / 100), agent, "paid", "USD");
    }
  }
  add("referrals", Math.round(requests / 300), "assistant", "ChatGPT", "/docs/*");
  add("referrals", Math.round(requests / 900), "assistant", "Claude", "/blog/*");
  add("dictionaries", Math.round(requests / 20), "/assets/app.*.js", "dcb", "used", "delta");
  const unused = ["/assets/app.*.js", "br", "not-used", "unknown-dictionary"];
  add("dictionaries", Math.round(requests / 80), ...unused);
  add("dictionaries", Math.round(requests / 40), "/assets/app.*.js", "br", "advertised", "coded");
  add("origin", Math.round(requests / 2), "200", "");
  add("origin", Math.round(requests / 400), "", "timeout-head");
  for (const [i, bound] of ["0.05", "0.1", "0.25", "0.5", "1", "+Inf"].entries()) {
    add("durations", Math.round(requests / 2 ** (i + 1)), "origin", "claimed", bound);
  }
  return tables;
}

function numbersOf(count: number, table: TableName): number[] {
  const numbers: Partial<Record<(typeof MEASURES)[number], number>> = {
    requests: count,
    bytesReceived: count * 420,
    bytesSent: count * 21_000,
    savedByMarkdown: count * 900,
    savedByCoding: count * 7000,
    savedByDelta: count * 2100,
    savedByCache: count * 1300,
    duration: count * 31,
    originRequests: count,
    originDuration: count * 22,
    chargedMicros: table === "charges" || table === "requests" ? count * 40 : 0,
  };
  return MEASURES.map((measure) => numbers[measure] ?? 0);
}
