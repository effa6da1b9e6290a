import * as v from "valibot";
import { parseAmount } from "../http/amount.ts";
import { parseJson } from "../http/json.ts";
import { LEDGER } from "../http/known-paths.ts";
import { splitTarget } from "../http/target.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import { jsonResponse } from "../pipeline/own-answer.ts";
import type { OurDocument } from "../pipeline/own-documents.ts";
import type { OwnResponse } from "../pipeline/stage.ts";
import { parseDuration } from "../timing/duration.ts";
import { within } from "../timing/timeout.ts";
import { refuseRequest, refuseStranger } from "./authorize.ts";
import { AMOUNT_RULE, parseChange, type OperatorLedger } from "./operator-ledger.ts";

/** The parts that the endpoints of the ledger need. */
export interface LedgerOptions {
  readonly adminToken: string;
  /** Undefined if this proxy has no ledger. */
  readonly ledger: OperatorLedger | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: { info(event: string, facts: Readonly<Record<string, unknown>>): void };
}

/** Bytes of the content of a request, at most, and milliseconds for the ledger. */
const MAX_REQUEST = 8192;
const PATIENCE = 15_000;

/** Carries out a request; returns a text about the right form if the request is malformed. */
type Act = (
  exchange: Exchange,
  ledger: OperatorLedger,
  options: LedgerOptions,
) => Promise<object | string>;

/** The endpoints of the ledger, by path: pages of entries and balances, and changes by POST. */
export function ledgerEndpoints(options: LedgerOptions): [path: string, endpoint: OurDocument][] {
  const endpoint = (name: string, methods: readonly string[], act: Act) => {
    const make = (exchange: Exchange) => respond(exchange, options, act);
    return [`${LEDGER}/${name}`, { owner: "ours", methods, make }] as [string, OurDocument];
  };
  return [
    endpoint("entries", ["GET"], readEntries),
    endpoint("balances", ["GET"], readBalances),
    endpoint("credit", ["POST"], credit),
    endpoint("limit", ["POST"], limit),
  ];
}

async function respond(exchange: Exchange, options: LedgerOptions, act: Act): Promise<OwnResponse> {
  const needed = "Send the proxy's ADMIN_TOKEN as Authorization: Bearer.";
  const stranger = refuseStranger(exchange, [options.adminToken], needed);
  if (stranger !== undefined) return stranger;
  const { ledger } = options;
  if (ledger === undefined) {
    const detail = "This proxy has no ledger: a Worker needs the binding ACCOUNTS.";
    return refuseRequest(exchange, "store-unavailable", detail);
  }
  try {
    const done = await within(PATIENCE, act(exchange, ledger, options), tooLate);
    return typeof done === "string"
      ? refuseRequest(exchange, "bad-request", done)
      : jsonResponse(done);
  } catch (error) {
    const detail =
      "The ledger did not answer; the proxy's log says why. A change may have been made.";
    return refuseRequest(exchange, "store-unavailable", detail, error);
  }
}

function tooLate(): never {
  throw new Error("the ledger did not answer in time");
}

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
/** The longest name of an account is a URL. */
const account = text(2048);

const ENTRIES = v.strictObject({
  account: v.optional(account),
  after: v.optional(text(4096)),
  since: v.optional(text(40)),
});
const BALANCES = v.strictObject({ account: v.optional(account), after: v.optional(text(4096)) });
const CREDIT = v.strictObject({
  key: text(200),
  account,
  amount: text(40),
  note: v.optional(v.pipe(v.string(), v.maxLength(500)), ""),
});
const LIMIT = v.union([
  v.strictObject({ account, limit: text(40) }),
  v.strictObject({ account, limit: v.null(), currency: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/)) }),
]);

const readEntries: Act = async ({ target }, ledger, { now }) => {
  const query = queryOf(ENTRIES, target);
  const since = query?.since === undefined ? 0 : parseSince(query.since, now());
  if (query === undefined || since === undefined) {
    return "The query has at most account, since (such as 30d or 2026-11-01) and after, each once.";
  }
  return ledger.entries({ ...query, since });
};

const readBalances: Act = async ({ target }, ledger) => {
  const query = queryOf(BALANCES, target);
  if (query === undefined) return "The query has at most account and after, each once.";
  return ledger.balances(query);
};

const credit: Act = async (exchange, ledger, { log }) => {
  const asked = await contentOf(CREDIT, exchange);
  if (asked === undefined) {
    return 'Send {"key": "…", "account": "…", "amount": "USD 25.00", "note": "…"}, at most 8192 bytes.';
  }
  const amount = parseChange(asked.amount);
  if (amount === undefined) return `The amount must be ${AMOUNT_RULE}, with - for a correction.`;
  const changed = await ledger.credit({ ...asked, amount });
  if (changed.isNew) {
    const { key, account, amount } = asked;
    log.info("ledger-credited", { account, amount, key });
  }
  return changed;
};

const limit: Act = async (exchange, ledger, { log }) => {
  const asked = await contentOf(LIMIT, exchange);
  if (asked === undefined) {
    return 'Send {"account": "…", "limit": "USD 100"}, or {"account": "…", "limit": null, "currency": "USD"}.';
  }
  const order = orderOf(asked);
  if (order === undefined) return `The limit must be ${AMOUNT_RULE}.`;
  const changed = await ledger.limit({ account: asked.account, ...order });
  log.info("ledger-limited", { ...asked });
  return changed;
};

function orderOf(asked: v.InferOutput<typeof LIMIT>) {
  if (asked.limit === null) return { currency: asked.currency, credit: undefined };
  const amount = parseAmount(asked.limit);
  return amount && { currency: amount.currency, credit: amount.micros };
}

/** Parses the query of a target; undefined if a name is unknown, or there twice. */
function queryOf<Schema extends v.GenericSchema>(schema: Schema, target: string) {
  const pairs = [...new URLSearchParams(splitTarget(target).query)];
  const given = Object.fromEntries(pairs);
  return Object.keys(given).length === pairs.length ? parsed(schema, given) : undefined;
}

async function contentOf<Schema extends v.GenericSchema>(schema: Schema, exchange: Exchange) {
  const content = await exchange.content?.(MAX_REQUEST);
  return content && parsed(schema, parseJson(new TextDecoder().decode(content)));
}

function parsed<Schema extends v.GenericSchema>(schema: Schema, value: unknown) {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}

/**
 * Seconds since the epoch of a duration before now, or of a date; undefined if the text is neither.
 *
 * @param now seconds since the epoch
 */
export function parseSince(text: string, now: number): number | undefined {
  const duration = parseDuration(text);
  if (duration !== undefined) return now - duration;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
