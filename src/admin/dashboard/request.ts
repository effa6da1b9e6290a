import { CATEGORIES } from "../../agent/bots.ts";
import { VERDICTS } from "../../agent/agent.ts";
import { STEPS } from "../../store/history.ts";
import { binsOf } from "./bins.ts";

/** The views of the dashboard, with their titles. */
export const VIEWS = {
  overview: "Overview",
  agents: "Agents",
  content: "Content",
  access: "Access",
  delivery: "Delivery",
  health: "Health",
} as const;

export type View = keyof typeof VIEWS;

/** Ranges that end now, in seconds. */
export const RANGES = {
  "1h": 3600,
  "24h": STEPS.day,
  "7d": 7 * STEPS.day,
  "30d": 30 * STEPS.day,
  "90d": 90 * STEPS.day,
  "365d": 365 * STEPS.day,
} as const;

export type RangeName = keyof typeof RANGES;

/** The columns by which requests are split over time. */
export const SPLITS = {
  category: "Category",
  agent: "Agent",
  operator: "Operator",
  behaviours: "Behaviour",
  verdict: "Verdict",
  evidence: "Evidence",
} as const;

export type Split = keyof typeof SPLITS;

/** The columns that a filter can name, with their titles. */
export const FILTERS = {
  agent: "Agent",
  operator: "Operator",
  category: "Category",
  verdict: "Verdict",
} as const;

export type Filter = keyof typeof FILTERS;

/** Values that a filter offers, if they are known in advance. */
export const FILTER_VALUES: Readonly<Partial<Record<Filter, readonly string[]>>> = {
  category: CATEGORIES,
  verdict: VERDICTS,
};

/** The choices of a page, which are all in its URL. */
export interface DashboardRequest {
  readonly view: View;
  /** "custom" if the URL names dates. */
  readonly range: RangeName | "custom";
  /** Seconds since the epoch; the end is not part of the range. */
  readonly from: number;
  readonly to: number;
  readonly by: Split;
  /** Whether figures are compared with the period before. */
  readonly isCompared: boolean;
  readonly filters: Readonly<Partial<Record<Filter, string>>>;
}

/** Characters of a filter's value, at most. */
const MOST_VALUE = 200;
const DEFAULT_RANGE: RangeName = "7d";

/** Reads the query of a URL. Anything that is not known has its default. @param now seconds since the epoch */
export function parseDashboardRequest(search: URLSearchParams, now: number): DashboardRequest {
  const custom = parseDates(search.get("from"), search.get("to"), now);
  const named = oneOf(search.get("range"), RANGES);
  const range = named === undefined && custom !== undefined ? "custom" : (named ?? DEFAULT_RANGE);
  const span =
    range === "custom" && custom !== undefined
      ? custom
      : rangeUpTo(now, RANGES[range as RangeName]);
  const filters: Partial<Record<Filter, string>> = {};
  for (const name of Object.keys(FILTERS) as Filter[]) {
    const value = search.get(name)?.trim() ?? "";
    if (value !== "" && value.length <= MOST_VALUE) filters[name] = value;
  }
  return {
    ...span,
    range,
    view: oneOf(search.get("view"), VIEWS) ?? "overview",
    by: oneOf(search.get("by"), SPLITS) ?? "category",
    isCompared: search.get("compare") !== "no",
    filters,
  };
}

/** A range that ends with the period that now is in. */
function rangeUpTo(now: number, length: number): { readonly from: number; readonly to: number } {
  const { step } = binsOf({ from: now - length, to: now }, now);
  const to = Math.ceil((now + 1) / STEPS[step]) * STEPS[step];
  return { from: to - length, to };
}

/** The query of the URL of a request, with changes. */
export function queryOf(
  asked: DashboardRequest,
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const { view, range, from, to, by, isCompared, filters } = asked;
  const dates = range === "custom" ? { from: dateOf(from), to: dateOf(to - STEPS.day) } : { range };
  const all = {
    view,
    ...dates,
    by,
    compare: isCompared ? undefined : "no",
    ...filters,
    ...changes,
  };
  const defaults: Readonly<Record<string, string>> = {
    view: "overview",
    range: DEFAULT_RANGE,
    by: "category",
  };
  const parts = Object.entries(all).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && defaults[entry[0]] !== entry[1],
  );
  const query = new URLSearchParams(parts).toString();
  return query === "" ? "" : `?${query}`;
}

/** The days from one date to another, both included. */
function parseDates(from: string | null, to: string | null, now: number) {
  const first = parseDay(from);
  const last = parseDay(to) ?? Math.floor(now / STEPS.day) * STEPS.day;
  if (first === undefined || last < first || last - first > 3700 * STEPS.day) return undefined;
  return { from: first, to: last + STEPS.day };
}

function parseDay(text: string | null): number | undefined {
  if (text === null || !/^20\d\d-\d\d-\d\d$/.test(text)) return undefined;
  const at = Date.parse(`${text}T00:00:00Z`) / 1000;
  return Number.isNaN(at) ? undefined : at;
}

/** The date in UTC, e.g. "2026-11-30". @param at seconds since the epoch */
export function dateOf(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 10);
}

function oneOf<Name extends string>(
  text: string | null,
  known: Readonly<Record<Name, unknown>>,
): Name | undefined {
  return text !== null && Object.hasOwn(known, text) ? (text as Name) : undefined;
}
