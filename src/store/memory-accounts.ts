import {
  decideCharge,
  MOST_BALANCE,
  PAGE,
  sequelKey,
  balancePage,
  type BalancePage,
  type BalanceQuery,
  type AccountStore,
  type ChargeFacts,
  type ChargeRequest,
  type ChargeResult,
  type ChargeSequel,
  type Deposit,
  type EntryPage,
  type EntryQuery,
  type AccountEntry,
} from "./accounts.ts";

/** Entries that memory keeps, at most; further charges are refused. */
const MOST_ENTRIES = 100_000;

interface Kept extends AccountEntry {
  readonly content: string;
  readonly isOpen: boolean;
}

/** Creates accounts in memory, which end with the process: for tests and development only. */
export function memoryAccounts(maxEntries = MOST_ENTRIES): AccountStore {
  return new MemoryAccounts(maxEntries);
}

class MemoryAccounts implements AccountStore {
  readonly #maxEntries: number;
  readonly #entries = new Map<string, Kept>();
  /** Keys of charges, by account and content. */
  readonly #deliveries = new Map<string, string[]>();
  readonly #balances = new Map<string, number>();
  readonly #limits = new Map<string, number>();
  readonly #uses = new Map<string, number>();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  async peek(request: ChargeRequest): Promise<ChargeResult> {
    return decideCharge(request, this.#factsOf(request));
  }

  async charge(request: ChargeRequest): Promise<ChargeResult> {
    const result = decideCharge(request, this.#factsOf(request));
    if (result !== "charged" && result !== "free") return result;
    const { key, account, at, content, free, pay, url, rule, via } = request;
    const amount = result === "charged" ? (pay?.amount ?? 0) : 0;
    const entry: AccountEntry = {
      key,
      kind: result === "free" ? "free" : "charge",
      account,
      at,
      currency: pay?.currency ?? "",
      amount,
      effect: pay?.debits === true && amount > 0 ? -amount : 0,
      charge: "",
      url,
      rule,
      via,
      reference: "",
    };
    this.#add(entry, content, result === "charged" && pay?.isOpen === true);
    const id = idOf(account, content);
    this.#deliveries.set(id, [...(this.#deliveries.get(id) ?? []), key]);
    if (result === "free" && free !== undefined) {
      const name = idOf(account, free.name);
      this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    }
    return result;
  }

  async follow(sequel: ChargeSequel): Promise<boolean> {
    const { kind, account, at, reference = "" } = sequel;
    const charged = this.#entries.get(sequel.charge);
    const key = sequelKey(sequel);
    if (charged === undefined || charged.account !== account || this.#entries.has(key)) {
      return false;
    }
    const effect = kind === "void" || kind === "credit" ? Math.abs(charged.effect) : 0;
    const { content: _content, isOpen: _isOpen, ...entry } = charged;
    this.#add({ ...entry, key, kind, at, effect, charge: sequel.charge, reference });
    return true;
  }

  async deposit({ amount, ...deposit }: Deposit): Promise<boolean> {
    if (this.#entries.has(deposit.key)) return false;
    const none = { charge: "", url: "", rule: "", via: "operator" };
    this.#add({ ...deposit, ...none, kind: "top-up", amount, effect: amount });
    return true;
  }

  async limit(account: string, currency: string, credit: number | undefined): Promise<void> {
    if (credit === undefined) this.#limits.delete(idOf(account, currency));
    else this.#limits.set(idOf(account, currency), credit);
  }

  async balances(query: BalanceQuery): Promise<BalancePage> {
    return balancePage(query, this.#balances, this.#limits);
  }

  async entries({ since = 0, account, after = "0" }: EntryQuery): Promise<EntryPage> {
    const wanted = [...this.#entries.values()]
      .map((entry, at) => [at + 1, entry] as const)
      .filter(
        ([at, entry]) =>
          at > Number(after) &&
          entry.at >= since &&
          (account === undefined || entry.account === account),
      );
    const page = wanted.slice(0, PAGE);
    return {
      entries: page.map(([, { content: _content, isOpen: _isOpen, ...entry }]) => entry),
      next: wanted.length > PAGE ? String(page.at(-1)?.[0]) : undefined,
    };
  }

  #factsOf({ key, account, content, free, pay }: ChargeRequest): ChargeFacts {
    const prior = this.#entries.get(key);
    const delivered = this.#deliveries
      .get(idOf(account, content))
      ?.findLast((each) => this.#counts(each));
    const id = pay && idOf(account, pay.currency);
    return {
      prior: prior && {
        at: prior.at,
        isSame: prior.account === account && prior.content === content,
        isOpen: prior.isOpen && !this.#entries.has(`${key}:settled`),
        isUndone: this.#entries.has(`${key}:back`),
      },
      deliveredAt: delivered === undefined ? undefined : this.#entries.get(delivered)?.at,
      used: (free && this.#uses.get(idOf(account, free.name))) ?? 0,
      balance: id === undefined ? 0 : (this.#balances.get(id) ?? 0),
      credit: id === undefined ? undefined : this.#limits.get(id),
    };
  }

  /** Whether a charge is confirmed, and was not given back. */
  #counts(key: string): boolean {
    const isOpen = this.#entries.get(key)?.isOpen === true && !this.#entries.has(`${key}:settled`);
    return !isOpen && !this.#entries.has(`${key}:back`);
  }

  #add(entry: AccountEntry, content = "", isOpen = false): void {
    if (this.#entries.size >= this.#maxEntries) throw new RangeError("the ledger is full");
    const { key, account, currency, effect } = entry;
    const id = idOf(account, currency);
    const balance = (this.#balances.get(id) ?? 0) + effect;
    if (Math.abs(balance) > MOST_BALANCE) throw new RangeError("the balance would be too large");
    this.#entries.set(key, { ...entry, content, isOpen });
    if (effect !== 0) this.#balances.set(id, balance);
  }
}

function idOf(account: string, name: string): string {
  return JSON.stringify([account, name]);
}
