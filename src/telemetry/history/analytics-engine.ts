import { readBounded } from "../../http/gather.ts";
import { isObject } from "../../http/json.ts";
import { MEASURES, STEPS, type Measure } from "../../store/history.ts";
import { BLOBS, currencyOfNumber, DOUBLES } from "../sinks/analytics-engine.ts";
import type { HistoryQuery, HistoryReader, HistoryRow } from "./history.ts";
import type { DimensionOf, TableName } from "./tables.ts";

interface AnalyticsEngineOptions {
  /** The id of the account: 32 hexadecimal digits. */
  readonly account: string;
  /** Secret: a token with the permission Account Analytics, Read. */
  readonly token: string;
  /** The name of the dataset. */
  readonly dataset: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** Seconds for which Analytics Engine stores points. */
export const ANALYTICS_RETENTION = 90 * STEPS.day;

/** Milliseconds and bytes of an answer, at most. */
const PATIENCE = 10_000;
const MOST_BYTES = 8 * 1024 * 1024;

/** The columns of points, by the names of their values. */
const BLOB = columnsOf("blob", BLOBS);
const DOUBLE = columnsOf("double", DOUBLES);

function columnsOf<Name extends string>(kind: string, names: readonly Name[]) {
  return Object.fromEntries(names.map((name, i) => [name, `${kind}${i + 1}`])) as Record<
    Name,
    string
  >;
}

const AGENT = { agent: BLOB.agent, verdict: BLOB.verdict };
const REFUSED = `${BLOB.would} != ''`;

interface Source {
  /** SQL of the columns that points have; all others are "". */
  readonly columns: Readonly<Record<string, string>>;
  /** The points that the table counts. @default all */
  readonly only?: string;
}

/** The tables that points can answer. `redirects` and `durations` need values that no point has. */
const SOURCES: Partial<Record<TableName, Source>> = {
  requests: {
    columns: {
      ...AGENT,
      operator: BLOB.operator,
      category: BLOB.category,
      behaviours: BLOB.behaviours,
      evidence: BLOB.evidence,
      status: BLOB.status,
      cache: BLOB.cache,
      access: BLOB.access,
    },
  },
  hosts: { columns: { ...AGENT, host: BLOB.host } },
  paths: { columns: { ...AGENT, path: BLOB.path, type: BLOB.type } },
  patterns: { columns: { ...AGENT, pattern: BLOB.pattern, category: BLOB.category } },
  referrals: {
    columns: {
      referrerClass: BLOB.referrerClass,
      referrer: BLOB.referrer,
      pattern: BLOB.pattern,
    },
    only: `${BLOB.referrerClass} NOT IN ('none', 'own')`,
  },
  violations: { columns: { ...AGENT, path: BLOB.path }, only: `${BLOB.violation} != ''` },
  missing: {
    columns: { ...AGENT, path: BLOB.path, status: BLOB.status },
    only: `${BLOB.status} IN ('404', '410') AND ${BLOB.verdict} != 'anonymous'`,
  },
  impostors: { columns: AGENT, only: `${BLOB.verdict} IN ('spoofed', 'invalid')` },
  decisions: {
    columns: {
      agent: BLOB.agent,
      rule: BLOB.rule,
      mode: `if(${REFUSED}, 'observe', 'enforce')`,
      action: `if(${REFUSED}, ${BLOB.would}, ${BLOB.access})`,
    },
    only: `(${REFUSED} OR ${BLOB.access} NOT IN ('', 'allow'))`,
  },
  charges: {
    columns: { agent: BLOB.agent, rule: BLOB.rule, currency: DOUBLE.currency },
    only: `${DOUBLE.chargedMicros} > 0`,
  },
  dictionaries: {
    columns: { outcome: `if(${DOUBLE.dictionaryUsed} = 1, 'used', 'not-used')` },
    only: `${DOUBLE.dictionaryOffered} = 1`,
  },
  origin: { columns: { status: DOUBLE.originStatus }, only: `${DOUBLE.originStatus} > 0` },
};

/** Whether the points of Analytics Engine can answer for a table. */
export function isInAnalyticsEngine(table: TableName): boolean {
  return SOURCES[table] !== undefined;
}

/** Reads figures by the SQL API of Workers Analytics Engine: estimates, since it samples points. */
export function analyticsEngineReader(options: AnalyticsEngineOptions): HistoryReader {
  return {
    async read<Table extends TableName, Dimension extends DimensionOf<Table>>(
      query: HistoryQuery<Table, Dimension>,
    ) {
      const sql = sqlOf(query, options.dataset);
      if (sql === undefined) return [];
      const rows = await ask(sql, options);
      return rows.map((row) => rowOf(row, query));
    },
  };
}

/** The statement for a question; undefined if no point can match. */
function sqlOf(query: HistoryQuery, dataset: string): string | undefined {
  const { table, from, to, step, by, where = {}, order = "requests", limit = 10_000 } = query;
  const source = SOURCES[table];
  if (source === undefined) throw new Error(`points of Analytics Engine have no ${table}`);
  const columnOf = (name: string): string => source.columns[name] ?? "''";
  const conditions = Object.entries(where).map(([name, values]) =>
    conditionOf(columnOf(name), [values ?? []].flat()),
  );
  if (conditions.includes(undefined)) return undefined;
  const start = `toUnixTimestamp(toStartOfInterval(timestamp, INTERVAL '1' ${step?.toUpperCase() ?? ""}))`;
  const keys = [
    ...(step === undefined ? [] : [`${start} AS at`]),
    // A column that no point has needs no group.
    ...by.flatMap((name, i) => (columnOf(name) === "''" ? [] : [`${columnOf(name)} AS g${i}`])),
  ];
  const groups = keys.map((key) => key.slice(key.lastIndexOf(" ") + 1));
  const measures = new Set<Measure>([...(query.measures ?? MEASURES), order, "requests"]);
  const sums = [...measures].map((name) => `sum(_sample_interval${FACTORS[name]}) AS ${name}`);
  const range = [
    `timestamp >= toDateTime(${Math.floor(from)})`,
    `timestamp < toDateTime(${Math.floor(to) + 1})`,
  ];
  const all = [...range, ...(source.only === undefined ? [] : [source.only]), ...conditions];
  const sorted = [...(step === undefined ? [] : ["at"]), `${order} DESC`];
  return [
    `SELECT ${[...keys, ...sums].join(", ")} FROM ${dataset} WHERE ${all.join(" AND ")}`,
    ...(groups.length === 0 ? [] : [`GROUP BY ${groups.join(", ")}`]),
    `ORDER BY ${sorted.join(", ")} LIMIT ${limit} FORMAT JSON`,
  ].join(" ");
}

/** The factors of a point's weight. */
const FACTORS: Readonly<Record<Measure, string>> = {
  requests: "",
  bytesReceived: ` * ${DOUBLE.bytesReceived}`,
  bytesSent: ` * ${DOUBLE.bytesSent}`,
  savedByMarkdown: ` * ${DOUBLE.savedByMarkdown}`,
  savedByCoding: ` * ${DOUBLE.savedByCoding}`,
  savedByDelta: ` * ${DOUBLE.savedByDelta}`,
  savedByCache: ` * ${DOUBLE.savedByCache}`,
  duration: ` * ${DOUBLE.duration}`,
  originRequests: ` * if(${DOUBLE.originStatus} > 0, 1, 0)`,
  originDuration: ` * ${DOUBLE.originDuration}`,
  chargedMicros: ` * ${DOUBLE.chargedMicros}`,
};

/** A value that could end its quotes names no row: no statement has it. */
function conditionOf(column: string, values: readonly string[]): string | undefined {
  const safe = values.filter((value) => !/['\\\p{Cc}]/u.test(value));
  if (safe.length === 0) return undefined;
  return `${column} IN (${safe.map((value) => `'${value}'`).join(", ")})`;
}

async function ask(
  sql: string,
  { account, token, fetch }: AnalyticsEngineOptions,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const url = `https://api.cloudflare.com/client/v4/accounts/${account}/analytics_engine/sql`;
  const { status, body } = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "text/plain" },
    body: sql,
    // The token is for this address alone.
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE),
  });
  const bytes = body && (await readBounded(body, MOST_BYTES));
  if (status !== 200) throw new Error(`the SQL API of Analytics Engine answered ${status}`);
  const answer: unknown = bytes && JSON.parse(new TextDecoder().decode(bytes));
  const rows = isObject(answer) ? answer["data"] : undefined;
  if (!Array.isArray(rows)) throw new Error("the SQL API of Analytics Engine answered no rows");
  return rows.filter(isObject);
}

function rowOf<Dimension extends string>(
  row: Readonly<Record<string, unknown>>,
  { by, from, step, measures = MEASURES }: HistoryQuery & { readonly by: readonly Dimension[] },
): HistoryRow<Dimension> {
  const numbers = MEASURES.map((name) => {
    // Integers of 64 bits are texts in JSON.
    const value = measures.includes(name) ? Number(row[name] ?? 0) : 0;
    return [name, Number.isFinite(value) ? value : 0] as const;
  });
  const key = by.map((name, i) => [name, valueOf(name, row[`g${i}`])] as const);
  const at = step === undefined ? from : Number(row["at"]);
  return Object.assign(Object.fromEntries(numbers) as Record<Measure, number>, {
    at,
    key: Object.fromEntries(key) as Record<Dimension, string>,
  });
}

function valueOf(column: string, value: unknown): string {
  if (column === "currency") return currencyOfNumber(Number(value));
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
