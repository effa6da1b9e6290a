import { AMOUNT_RULE, parseChange } from "../../admin/operator-ledger.ts";
import type { Changed, OperatorLedger, ShownBalance } from "../../admin/operator-ledger.ts";
import { parseSince } from "../../admin/ledger.ts";
import { parseAmount } from "../../http/amount.ts";
import { now } from "../../timing/duration.ts";
import {
  CommandFailure,
  parseArguments,
  UsageError,
  wrongValue,
  type Command,
  type CommandContext,
} from "../usage.ts";
import { CSV_HEAD, csvOf } from "./csv.ts";
import { openLedger } from "./open.ts";

/** `wayleave ledger`: reads and changes the accounts of agents. */
export const ledger: Command = {
  summary: "shows and changes the accounts of agents that pay (access: charge)",
  help: `wayleave ledger export [--since TIME] [--account AGENT] --csv | --json
wayleave ledger balance [AGENT] [--json]
wayleave ledger credit AGENT AMOUNT [--note TEXT] [--key KEY] [--json]
wayleave ledger limit AGENT AMOUNT [--json]
wayleave ledger limit AGENT none --currency CODE [--json]

The accounts and the ledger of charges: those of a store on this machine or on Redis, or with --proxy
those of a proxy that runs, on Node or Workers. A proxy that runs may use them meanwhile.

  export    all entries in the order in which they were added: as CSV, or as JSON Lines (of a Worker, by
            account)
  balance   the balances, and the accounts' own credit limits
  credit    adds an amount such as "USD 25.00" to an account; "USD -5" corrects one
  limit     by how much the balance may be below zero, instead of access.credit of the rules

  AGENT            the bot's name in the bot table, else the URL in its Signature-Agent
  --proxy URL      the address of a proxy that was started with ADMIN_TOKEN
  --token-file F   with --proxy: the file with the token (default: the variable ADMIN_TOKEN)
  --store STORE    as for wayleave start: sqlite:PATH or redis://HOST (default: in .wayleave/data; also
                   STORE_URL)
  --rules FILE     without --proxy: the rules whose bot table credit and limit look for AGENT in
                   (default: rules/default.jsonc)
  --since TIME     a duration such as 30d, or a date such as 2026-11-01
  --account A      only this account
  --note TEXT      the reference of the entry, e.g. an invoice
  --key KEY        adds the entry at most once for this key (default: a new key)
  --currency C     the currency of a limit to remove

Exit code 1 if the key of a credit is known, so that nothing changed.
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.argv, OPTIONS);
    const [verb, ...names] = positionals;
    const act = ACTS.get(verb ?? "");
    if (act === undefined) throw new UsageError("give export, balance, credit or limit");
    const prepared = act({ ...values, names });
    const isWriting = verb === "credit" || verb === "limit";
    const opened = await openLedger(values, isWriting, context.env);
    try {
      return await prepared(opened.ledger, context);
    } catch (error) {
      if (error instanceof UsageError || error instanceof CommandFailure) throw error;
      throw new CommandFailure(error instanceof Error ? error.message : String(error));
    } finally {
      await opened.close?.();
    }
  },
};

const OPTIONS = {
  proxy: { type: "string" },
  "token-file": { type: "string" },
  store: { type: "string" },
  rules: { type: "string" },
  since: { type: "string" },
  account: { type: "string" },
  note: { type: "string", default: "" },
  key: { type: "string" },
  currency: { type: "string" },
  csv: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

interface Given {
  readonly names: readonly string[];
  readonly since?: string | undefined;
  readonly account?: string | undefined;
  readonly note: string;
  readonly key?: string | undefined;
  readonly currency?: string | undefined;
  readonly csv: boolean;
  readonly json: boolean;
}

/** Carries out what the checked arguments say. */
type Prepared = (ledger: OperatorLedger, context: CommandContext) => Promise<number>;

const ACTS: ReadonlyMap<string, (given: Given) => Prepared> = new Map([
  ["export", exportEntries],
  ["balance", showBalances],
  ["credit", addCredit],
  ["limit", setLimit],
]);

function exportEntries({ names, since, account, csv, json }: Given): Prepared {
  if (names.length > 0 || csv === json) throw new UsageError("give either --csv or --json");
  const from = since === undefined ? undefined : parseSince(since, now());
  if (since !== undefined && from === undefined) {
    throw wrongValue("--since", "a duration such as 30d, or a date", since);
  }
  return async (source, { out }) => {
    if (csv) out(CSV_HEAD);
    for await (const { entries } of pages((after) =>
      source.entries({ since: from, account, after }),
    )) {
      for (const each of entries) out(csv ? csvOf(each) : `${JSON.stringify(each)}\n`);
    }
    return 0;
  };
}

function showBalances({ names: [account, ...more], json }: Given): Prepared {
  if (more.length > 0) throw new UsageError("give one agent, or none for all");
  return async (from, { out }) => {
    const found: ShownBalance[] = [];
    for await (const page of pages((after) => from.balances({ account, after }))) {
      found.push(...page.balances);
    }
    if (json) out(`${JSON.stringify(found)}\n`);
    else if (found.length === 0) out("no balances\n");
    else for (const each of found) out(lineOf(each));
    return 0;
  };
}

function addCredit({ names: [account, text, ...more], note, key, json }: Given): Prepared {
  if (account === undefined || account === "" || text === undefined || more.length > 0) {
    throw new UsageError('give an agent and an amount, such as "USD 25.00"');
  }
  const amount = parseChange(text);
  if (amount === undefined) throw wrongAmount(text);
  return async (into, context) => {
    const order = { account, amount, note, key: key ?? crypto.randomUUID() };
    const changed = await into.credit(order);
    if (!changed.isNew) throw new CommandFailure("this key is known: nothing changed");
    return tell(changed, json, context);
  };
}

function setLimit({ names: [account, text, ...more], currency: code, json }: Given): Prepared {
  if (account === undefined || account === "" || text === undefined || more.length > 0) {
    throw new UsageError('give an agent and an amount, such as "USD 100", or none');
  }
  const amount = text === "none" ? undefined : parseAmount(text);
  if (text !== "none" && amount === undefined) throw wrongAmount(text);
  const currency = amount?.currency ?? code;
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) {
    throw new UsageError("give the currency of the limit with --currency, e.g. USD");
  }
  return async (of, context) =>
    tell(await of.limit({ account, currency, credit: amount?.micros }), json, context);
}

function tell({ balance, warning }: Changed, json: boolean, { out, err }: CommandContext): number {
  if (warning !== undefined) err(`warning: ${balance.account}: ${warning}\n`);
  out(json ? `${JSON.stringify(balance)}\n` : lineOf(balance));
  return 0;
}

/** Reads page after page. */
async function* pages<Page extends { readonly next: string | null }>(
  read: (after: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let after: string | undefined;
  for (;;) {
    const page = await read(after);
    yield page;
    if (page.next === null) return;
    if (page.next === after) throw new CommandFailure("the ledger repeats a page");
    after = page.next;
  }
}

function lineOf({ account, currency, balance, creditLimit }: ShownBalance): string {
  const limit = creditLimit === null ? "" : `, credit limit ${currency} ${creditLimit}`;
  return `${account}: ${currency} ${balance}${limit}\n`;
}

function wrongAmount(text: string): UsageError {
  return wrongValue("the amount", AMOUNT_RULE, text);
}
