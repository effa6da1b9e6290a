import { join } from "node:path";
import { formatAmount, formatMicros, parseAmount } from "../../http/amount.ts";
import type { AccountBalance, AccountStore } from "../../store/accounts.ts";
import { now, parseDuration } from "../../timing/duration.ts";
import { openAccounts } from "../node-store.ts";
import { parseStoreChoice } from "../store-choice.ts";
import {
  CommandFailure,
  parseArguments,
  UsageError,
  wrongValue,
  type Command,
  type CommandContext,
} from "../usage.ts";
import { CSV_HEAD, csvOf, exported } from "./csv.ts";

/** `wayleave ledger`: reads and changes the accounts of agents. */
export const ledger: Command = {
  summary: "shows and changes the accounts of agents that pay (access: charge)",
  help: `wayleave ledger export [--since TIME] [--account AGENT] --csv | --json
wayleave ledger balance [AGENT] [--json]
wayleave ledger credit AGENT AMOUNT [--note TEXT] [--key KEY] [--json]
wayleave ledger limit AGENT AMOUNT [--json]
wayleave ledger limit AGENT none --currency CODE [--json]

The accounts and the ledger of charges of a proxy on Node. A proxy that runs may use them meanwhile.

  export    all entries in the order in which they were added: as CSV, or as JSON Lines
  balance   the balances, and the accounts' own credit limits
  credit    adds an amount such as "USD 25.00" to an account; "USD -5" corrects one
  limit     by how much the balance may be below zero, instead of access.credit of the rules

  AGENT          the bot's name in the bot table, else the URL in its Signature-Agent
  --store STORE  as for wayleave start: sqlite:PATH (the ledger is the file ledger.sqlite beside it)
                 or redis://HOST (default: in .wayleave/data; also STORE_URL)
  --since TIME   a duration such as 30d, or a date such as 2026-11-01
  --account A    only this account
  --note TEXT    the reference of the entry, e.g. an invoice
  --key KEY      adds the entry at most once for this key (default: a new key)
  --currency C   the currency of a limit to remove

Exit code 1 if the key of a credit is known, so that nothing changed.
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.argv, OPTIONS);
    const [verb, ...names] = positionals;
    const act = ACTS.get(verb ?? "");
    if (act === undefined) throw new UsageError("give export, balance, credit or limit");
    const isWriting = verb === "credit" || verb === "limit";
    const given = { ...values, names };
    const prepared = act(given);
    const text = values.store ?? context.env["STORE_URL"];
    const choice =
      text === undefined
        ? ({ kind: "sqlite", path: join(".wayleave", "data", "wayleave.sqlite") } as const)
        : parseStoreChoice(text);
    const accounts = await openAccounts(choice, isWriting ? "write" : "read");
    try {
      return await prepared(accounts, context);
    } catch (error) {
      if (error instanceof UsageError || error instanceof CommandFailure) throw error;
      throw new CommandFailure(error instanceof Error ? error.message : String(error));
    } finally {
      await accounts.close?.();
    }
  },
};

const OPTIONS = {
  store: { type: "string" },
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
type Prepared = (accounts: AccountStore, context: CommandContext) => Promise<number>;

const ACTS: ReadonlyMap<string, (given: Given) => Prepared> = new Map([
  ["export", exportEntries],
  ["balance", showBalances],
  ["credit", addCredit],
  ["limit", setLimit],
]);

function exportEntries({ names, since, account, csv, json }: Given): Prepared {
  if (names.length > 0 || csv === json) throw new UsageError("give either --csv or --json");
  const from = since === undefined ? undefined : timeOf(since);
  return async (accounts, { out }) => {
    if (csv) out(CSV_HEAD);
    let after: string | undefined;
    do {
      const page = await accounts.entries({ since: from, account, after });
      for (const entry of page.entries) {
        const each = exported(entry);
        out(csv ? csvOf(each) : `${JSON.stringify(each)}\n`);
      }
      after = page.next;
    } while (after !== undefined);
    return 0;
  };
}

function showBalances({ names: [agent, ...more], json }: Given): Prepared {
  if (more.length > 0) throw new UsageError("give one agent, or none for all");
  return async (accounts, { out }) => {
    const balances = await accounts.balances(agent);
    if (json) out(`${JSON.stringify(balances.map(balanceOf))}\n`);
    else if (balances.length === 0) out("no balances\n");
    else for (const each of balances) out(lineOf(each));
    return 0;
  };
}

function addCredit({ names: [agent, text, ...more], note, key, json }: Given): Prepared {
  if (agent === undefined || agent === "" || text === undefined || more.length > 0) {
    throw new UsageError('give an agent and an amount, such as "USD 25.00"');
  }
  const [, negative] = /^[A-Z]{3} (-)/.exec(text) ?? [];
  const amount = parseAmount(negative === undefined ? text : text.replace("-", ""));
  if (amount === undefined || amount.micros === 0) throw wrongAmount(text);
  const { currency, micros } = amount;
  return async (accounts, { out }) => {
    const isNew = await accounts.deposit({
      key: `top-up:${key ?? crypto.randomUUID()}`,
      account: agent,
      at: now(),
      currency,
      amount: negative === undefined ? micros : -micros,
      reference: note,
    });
    if (!isNew) throw new CommandFailure("this key is known: nothing changed");
    return tell(accounts, agent, currency, json, out);
  };
}

function setLimit({ names: [agent, text, ...more], currency: code, json }: Given): Prepared {
  if (agent === undefined || agent === "" || text === undefined || more.length > 0) {
    throw new UsageError('give an agent and an amount, such as "USD 100", or none');
  }
  const amount = text === "none" ? undefined : parseAmount(text);
  if (text !== "none" && amount === undefined) throw wrongAmount(text);
  const currency = amount?.currency ?? code;
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) {
    throw new UsageError("give the currency of the limit with --currency, e.g. USD");
  }
  return async (accounts, { out }) => {
    await accounts.limit(agent, currency, amount?.micros);
    return tell(accounts, agent, currency, json, out);
  };
}

async function tell(
  accounts: AccountStore,
  agent: string,
  currency: string,
  json: boolean,
  out: CommandContext["out"],
): Promise<number> {
  const found = (await accounts.balances(agent)).find((each) => each.currency === currency);
  const balance = found ?? { account: agent, currency, balance: 0, credit: undefined };
  out(json ? `${JSON.stringify(balanceOf(balance))}\n` : lineOf(balance));
  return 0;
}

function balanceOf({ account, currency, balance, credit }: AccountBalance) {
  const limit = credit === undefined ? null : formatMicros(credit);
  return { account, currency, balance: formatMicros(balance), creditLimit: limit };
}

function lineOf({ account, currency, balance, credit }: AccountBalance): string {
  const limit =
    credit === undefined ? "" : `, credit limit ${formatAmount({ currency, micros: credit })}`;
  return `${account}: ${currency} ${formatMicros(balance)}${limit}\n`;
}

/** Seconds since the epoch. */
function timeOf(text: string): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return now() - duration;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw wrongValue("--since", "a duration such as 30d, or a date", text);
  return Math.floor(time / 1000);
}

function wrongAmount(text: string): UsageError {
  return wrongValue("the amount", 'a currency and a number, such as "USD 25.00"', text);
}
