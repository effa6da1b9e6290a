/** The kinds of entries of a ledger; entries are only added, never changed or removed. */
export const ENTRY_KINDS = [
  /** A response was charged. */
  "charge",
  /** A response of the free quota. */
  "free",
  /** Another service has confirmed a charge. */
  "settled",
  /** A charge that did not happen after all: nothing was taken, or nothing was sent. */
  "void",
  /** The response of a charge broke off on its way to the client. */
  "aborted",
  /** The amount of a charge was given back. */
  "credit",
  /** The operator changed a balance: a deposit, or a correction if it is negative. */
  "top-up",
] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One entry of a ledger. Amounts are whole millionths of the currency's unit. */
export interface AccountEntry {
  /** Unique in the ledger. */
  readonly key: string;
  readonly kind: EntryKind;
  readonly account: string;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly currency: string;
  /** The amount that the entry is about. */
  readonly amount: number;
  /** The change of the account's balance; 0 if others move the money. */
  readonly effect: number;
  /** The key of the charge that the entry is about; empty for a charge or top-up itself. */
  readonly charge: string;
  readonly url: string;
  readonly rule: string;
  /** The way of payment, or `operator`. */
  readonly via: string;
  /** A transaction, or a remark of the operator. */
  readonly reference: string;
}

/** A response that is to be charged, unless it is free. */
export interface ChargeRequest {
  /** Belongs to one account only, since each account of a Durable Object knows only its own keys. */
  readonly key: string;
  readonly account: string;
  /** Seconds since the epoch. */
  readonly at: number;
  /** Identifies the content, within the account. */
  readonly content: string;
  /** Seconds for which content that the account has got remains free. */
  readonly window: number;
  /** The free quota: `requests` for each name, which contains its period. @default none */
  readonly free?: { readonly name: string; readonly requests: number; readonly period: number };
  /** The payment. @default none, so that the response is free or refused */
  readonly pay?: {
    readonly currency: string;
    readonly amount: number;
    /** Whether the account's balance decreases. */
    readonly debits: boolean;
    /** By how much the balance may be below zero, unless the account has a limit of its own. */
    readonly credit: number;
    /** Whether another service still has to confirm it, by an entry `settled`. */
    readonly isOpen: boolean;
  };
  readonly url: string;
  readonly rule: string;
  readonly via: string;
}

/** The result of a charge. */
export type ChargeResult =
  /** The entry is new. */
  | "charged"
  /** Within the free quota; the entry is new. */
  | "free"
  /** The account has got this content within the window: no entry. */
  | "repeat"
  /** Nothing is paid and nothing is free: no entry. */
  | "unpaid"
  /** The balance and its credit limit do not suffice: no entry. */
  | "poor"
  /** The key has been used, for other content or before the window: no entry. */
  | "replayed"
  /** Another request is settling the same key at this moment: no entry. */
  | "pending"
  /** The key was charged, and its settling never ended: it may be settled again; no new entry. */
  | "open";

/** An event that concerns a charge after it was entered. */
export interface ChargeSequel {
  readonly kind: "settled" | "void" | "aborted" | "credit";
  /** The key of the charge. */
  readonly charge: string;
  readonly account: string;
  readonly at: number;
  readonly reference?: string | undefined;
}

/** A change of a balance by the operator. */
export interface Deposit {
  readonly key: string;
  readonly account: string;
  readonly at: number;
  readonly currency: string;
  /** Negative for a correction. */
  readonly amount: number;
  readonly reference: string;
}

/** The balance of an account in one currency. */
export interface AccountBalance {
  readonly account: string;
  readonly currency: string;
  readonly balance: number;
  /** The account's own credit limit; undefined if that of the rule applies. */
  readonly credit: number | undefined;
}

/** The selection of balances to read. */
export interface BalanceQuery {
  readonly account?: string | undefined;
  /** `next` of the page before. @default the beginning */
  readonly after?: string | undefined;
}

/** A part of the balances. */
export interface BalancePage {
  readonly balances: readonly AccountBalance[];
  /** Continues after this page; undefined at the end. */
  readonly next: string | undefined;
}

/** A part of the entries, in the order in which they were added. */
export interface EntryPage {
  readonly entries: readonly AccountEntry[];
  /** Continues after this page; undefined at the end. */
  readonly next: string | undefined;
}

/** The selection of entries to read. */
export interface EntryQuery {
  /** Seconds since the epoch; older entries are left out. @default 0 */
  readonly since?: number | undefined;
  readonly account?: string | undefined;
  /** `next` of the page before. @default the beginning */
  readonly after?: string | undefined;
}

/**
 * The accounts of agents, and the ledger of their charges. Each change is atomic, also between
 * processes, and is on the disk once the promise resolves, unless the adapter says otherwise.
 */
export interface AccountStore {
  /** Says what `charge` would return, and changes nothing. */
  peek(request: ChargeRequest): Promise<ChargeResult>;
  /** Decides and enters a charge, at most once for each key. */
  charge(request: ChargeRequest): Promise<ChargeResult>;
  /**
   * Adds what became of a charge, once for each kind; a charge is given back once, by `void` or
   * `credit`. Returns whether the entry is new.
   */
  follow(sequel: ChargeSequel): Promise<boolean>;
  /** Changes a balance, once for each key. Returns whether the entry is new. */
  deposit(deposit: Deposit): Promise<boolean>;
  /** Sets an account's own credit limit; undefined removes it. */
  limit(account: string, currency: string, credit: number | undefined): Promise<void>;
  /** The balances of one account, or of all. */
  balances(query: BalanceQuery): Promise<BalancePage>;
  entries(query: EntryQuery): Promise<EntryPage>;
  /** Resolves once it is closed, if it returns a promise. */
  close?(): unknown;
}

/** Seconds for which a request that settles a payment has it for itself. */
const PENDING = 60;

/** The facts of the ledger that decide about a charge. */
export interface ChargeFacts {
  /** The charge with the same key. */
  readonly prior:
    | {
        readonly at: number;
        readonly isOpen: boolean;
        readonly isUndone: boolean;
        /**
         * Whether it was for the same account and content: a payment may be good for any URL, but for
         * one only.
         */
        readonly isSame: boolean;
      }
    | undefined;
  /** When the account last got this content for a charge that counts, or free. */
  readonly deliveredAt: number | undefined;
  /** Requests of the free quota that are used. */
  readonly used: number;
  readonly balance: number;
  /** The account's own credit limit. */
  readonly credit: number | undefined;
}

/** Decides about a charge; only `charged` and `free` add an entry. */
export function decideCharge(request: ChargeRequest, facts: ChargeFacts): ChargeResult {
  const { at, window, free, pay } = request;
  const { prior, deliveredAt, used, balance, credit } = facts;
  const isWithin = (time: number): boolean => window > 0 && at - time < window;
  if (prior !== undefined) {
    if (prior.isUndone || !prior.isSame) return "replayed";
    if (prior.isOpen) return at - prior.at < PENDING ? "pending" : "open";
    return isWithin(prior.at) ? "repeat" : "replayed";
  }
  if (deliveredAt !== undefined && isWithin(deliveredAt)) return "repeat";
  if (free !== undefined && used < free.requests) return "free";
  if (pay === undefined) return "unpaid";
  return pay.debits && balance - pay.amount < -(credit ?? pay.credit) ? "poor" : "charged";
}

/** Sums of a ledger stay exact below this. */
export const MOST_BALANCE = Number.MAX_SAFE_INTEGER / 8;

/** The key of an entry that follows a charge. */
export function sequelKey({ charge, kind }: Pick<ChargeSequel, "charge" | "kind">): string {
  // One key for both ways of giving back, so that the second one is no new entry.
  return `${charge}:${kind === "void" || kind === "credit" ? "back" : kind}`;
}

/** Entries or balances of one page. */
export const PAGE = 500;

/** Creates accounts that are opened at their first use; a failure to open them rejects each call. */
export function lazyAccounts(open: () => Promise<AccountStore>): AccountStore {
  let opening: Promise<AccountStore> | undefined;
  const opened = (): Promise<AccountStore> => {
    opening ??= open();
    // The next call tries again.
    opening.catch(() => (opening = undefined));
    return opening;
  };
  return {
    peek: async (request) => (await opened()).peek(request),
    charge: async (request) => (await opened()).charge(request),
    follow: async (sequel) => (await opened()).follow(sequel),
    deposit: async (deposit) => (await opened()).deposit(deposit),
    limit: async (...limit) => (await opened()).limit(...limit),
    balances: async (query) => (await opened()).balances(query),
    entries: async (query) => (await opened()).entries(query),
    close: async () => (await opening?.catch(() => undefined))?.close?.(),
  };
}

/** A page of balances, for stores that have all of them by the JSON of account and currency. */
export function balancePage(
  { account, after = "" }: BalanceQuery,
  balances: ReadonlyMap<string, number>,
  limits: ReadonlyMap<string, number>,
): BalancePage {
  const ids = new Set([...balances.keys(), ...limits.keys()]);
  const wanted = [...ids].filter((id) => id > after).toSorted();
  const found = wanted.flatMap((id) => {
    const [name = "", currency = ""] = JSON.parse(id) as string[];
    if (account !== undefined && name !== account) return [];
    return [
      { id, account: name, currency, balance: balances.get(id) ?? 0, credit: limits.get(id) },
    ];
  });
  const page = found.slice(0, PAGE);
  return {
    balances: page.map(({ id: _id, ...balance }) => balance),
    next: found.length > PAGE ? page.at(-1)?.id : undefined,
  };
}
