import { formatMicros, parseAmount, type Amount } from "../http/amount.ts";
import { misspeltBalances, namedAccount, uniteSpellings } from "./account-names.ts";
import type { AccountBalance, AccountEntry, AccountStore } from "../store/accounts.ts";

/** An entry as it is exported: amounts as decimal numbers, the time as in RFC 3339. */
export interface ShownEntry {
  readonly time: string;
  readonly kind: string;
  readonly account: string;
  readonly currency: string;
  readonly amount: string;
  readonly balanceChange: string;
  readonly url: string;
  readonly rule: string;
  readonly via: string;
  readonly key: string;
  readonly charge: string;
  readonly reference: string;
}

/** A balance as it is shown; `creditLimit` is null if the limit of the rule applies. */
export interface ShownBalance {
  readonly account: string;
  readonly currency: string;
  readonly balance: string;
  readonly creditLimit: string | null;
}

export interface ShownEntries {
  readonly entries: readonly ShownEntry[];
  /** Continues after this page; null at the end. */
  readonly next: string | null;
}

export interface ShownBalances {
  readonly balances: readonly ShownBalance[];
  readonly next: string | null;
}

/** A change of a balance; a negative amount corrects it. */
export interface CreditOrder {
  /** The entry is added at most once for a key. */
  readonly key: string;
  readonly account: string;
  readonly amount: Amount;
  readonly note: string;
}

export interface LimitOrder {
  readonly account: string;
  readonly currency: string;
  /** Millionths; undefined removes the account's own limit. */
  readonly credit: number | undefined;
}

/** The balance after a change. */
export interface Changed {
  /** False if the key was known, so that nothing changed. */
  readonly isNew: boolean;
  readonly balance: ShownBalance;
  /** Why no request might ever use this account. */
  readonly warning?: string | undefined;
}

/** The ledger as its operator reads and changes it: in this process, or of a proxy that runs. */
export interface OperatorLedger {
  /** @param since seconds since the epoch */
  entries(query: {
    readonly since?: number | undefined;
    readonly account?: string | undefined;
    readonly after?: string | undefined;
  }): Promise<ShownEntries>;
  balances(query: {
    readonly account?: string | undefined;
    readonly after?: string | undefined;
  }): Promise<ShownBalances>;
  credit(order: CreditOrder): Promise<Changed>;
  limit(order: LimitOrder): Promise<Changed>;
}

interface LedgerParts {
  readonly accounts: AccountStore;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Why no request might ever use an account of this name; undefined if one can. */
  readonly warningOf: (account: string) => string | undefined;
}

/** The operator's view of the accounts of this process. */
export function operatorLedger({ accounts, now, warningOf }: LedgerParts): OperatorLedger {
  const changed = async (isNew: boolean, account: string, currency: string): Promise<Changed> => {
    const { balances } = await accounts.balances({ account });
    const found = balances.find((each) => each.currency === currency);
    const balance = found ?? { account, currency, balance: 0, credit: undefined };
    return { isNew, balance: shownBalance(balance), warning: warningOf(account) };
  };
  /** The name of the account, to which balances of other spellings have moved. */
  const united = async (written: string): Promise<string> => {
    const named = namedAccount(written);
    await uniteSpellings(accounts, named, now());
    return named.name;
  };
  return {
    async entries({ account, ...query }) {
      const name = account === undefined ? {} : { account: namedAccount(account).name };
      const { entries, next = null } = await accounts.entries({ ...query, ...name });
      return { entries: entries.map(shownEntry), next };
    },
    async balances({ account, ...query }) {
      const named = account === undefined ? undefined : namedAccount(account);
      const name = named === undefined ? {} : { account: named.name };
      const { balances, next = null } = await accounts.balances({ ...query, ...name });
      const isFirst = named !== undefined && query.after === undefined;
      const others = isFirst ? await misspeltBalances(accounts, named) : [];
      return { balances: [...balances, ...others].map(shownBalance), next };
    },
    async credit({ key, account: written, amount: { currency, micros }, note }) {
      const account = await united(written);
      const deposit = { account, at: now(), currency, amount: micros, reference: note };
      const isNew = await accounts.deposit({ ...deposit, key: `top-up:${key}` });
      return changed(isNew, account, currency);
    },
    async limit({ account: written, currency, credit }) {
      const account = await united(written);
      await accounts.limit(account, currency, credit);
      return changed(true, account, currency);
    },
  };
}

function shownEntry({ at, amount, effect, ...entry }: AccountEntry): ShownEntry {
  const { kind, account, currency, url, rule, via, key, charge, reference } = entry;
  return {
    time: new Date(at * 1000).toISOString(),
    kind,
    account,
    currency,
    amount: formatMicros(amount),
    balanceChange: formatMicros(effect),
    url,
    rule,
    via,
    key,
    charge,
    reference,
  };
}

function shownBalance({ account, currency, balance, credit }: AccountBalance): ShownBalance {
  const creditLimit = credit === undefined ? null : formatMicros(credit);
  return { account, currency, balance: formatMicros(balance), creditLimit };
}

/** The form of an amount, as messages state it. */
export const AMOUNT_RULE =
  'three capital letters, one space and a decimal number of at most six places and a million, such as "USD 25.00"';

/** Parses an amount other than zero, which may be negative: `USD 25.00`, `USD -5`. */
export function parseChange(text: string): Amount | undefined {
  const isNegative = /^[A-Z]{3} -/.test(text);
  const amount = parseAmount(isNegative ? text.replace("-", "") : text);
  if (amount === undefined || amount.micros === 0) return undefined;
  return isNegative ? { ...amount, micros: -amount.micros } : amount;
}
