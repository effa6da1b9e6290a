import {
  decideCharge,
  MOST_BALANCE,
  PAGE,
  sequelKey,
  type BalancePage,
  type BalanceQuery,
  type ChargeRequest,
  type ChargeResult,
  type ChargeSequel,
  type Deposit,
  type EntryPage,
  type EntryQuery,
  type AccountEntry,
} from "./accounts.ts";

type SqlValue = string | number;
type Row = Readonly<Record<string, unknown>>;

/** An SQLite database that several runtimes have: of one file, or of one Durable Object. */
export interface SqlDatabase {
  /** Runs one statement, and returns its rows. */
  run(statement: string, ...values: SqlValue[]): readonly Row[];
  /** Makes all changes of `act`, or none of them if it throws. */
  atomically<T>(act: () => T): T;
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS account_entries (
     seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT NOT NULL,
     at INTEGER NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, effect INTEGER NOT NULL,
     charge TEXT NOT NULL, content TEXT NOT NULL, open INTEGER NOT NULL, url TEXT NOT NULL,
     rule TEXT NOT NULL, via TEXT NOT NULL, reference TEXT NOT NULL
   ) STRICT`,
  "CREATE INDEX IF NOT EXISTS account_entries_content ON account_entries (account, content)",
  "CREATE INDEX IF NOT EXISTS account_entries_at ON account_entries (at)",
  `CREATE TRIGGER IF NOT EXISTS account_entries_stay BEFORE DELETE ON account_entries
     BEGIN SELECT RAISE(ABORT, 'entries of a ledger stay'); END`,
  `CREATE TRIGGER IF NOT EXISTS account_entries_same BEFORE UPDATE ON account_entries
     BEGIN SELECT RAISE(ABORT, 'entries of a ledger stay as they are'); END`,
  `CREATE TABLE IF NOT EXISTS account_balances (
     account TEXT NOT NULL, currency TEXT NOT NULL, micros INTEGER NOT NULL,
     PRIMARY KEY (account, currency)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS account_limits (
     account TEXT NOT NULL, currency TEXT NOT NULL, micros INTEGER NOT NULL,
     PRIMARY KEY (account, currency)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS account_uses (
     account TEXT NOT NULL, name TEXT NOT NULL, used INTEGER NOT NULL, until INTEGER NOT NULL,
     PRIMARY KEY (account, name)) STRICT, WITHOUT ROWID`,
];

const COLUMNS =
  "key, kind, account, at, currency, amount, effect, charge, url, rule, via, reference";

/** Whether a charge was given back, and whether it is confirmed; for a row of entries named `e`. */
const UNDONE = "EXISTS (SELECT 1 FROM account_entries WHERE key = e.key || ':back')";
const SETTLED =
  "(e.open = 0 OR EXISTS (SELECT 1 FROM account_entries WHERE key = e.key || ':settled'))";

/** The accounts in an SQLite database; every method is synchronous, for one thread. */
export class SqlAccounts {
  readonly #db: SqlDatabase;

  constructor(db: SqlDatabase) {
    this.#db = db;
    for (const statement of TABLES) db.run(statement);
  }

  peek(request: ChargeRequest): ChargeResult {
    return this.#decide(request);
  }

  charge(request: ChargeRequest): ChargeResult {
    return this.#db.atomically(() => {
      const result = this.#decide(request);
      if (result !== "charged" && result !== "free") return result;
      const { key, account, at, content, free, pay, url, rule, via } = request;
      const isCharge = result === "charged" && pay !== undefined;
      const amount = isCharge ? pay.amount : 0;
      const effect = isCharge && pay.debits ? -amount : 0;
      const currency = pay?.currency ?? "";
      const entry = { key, kind: result === "free" ? "free" : "charge", account, at } as const;
      this.#add(
        { ...entry, currency, amount, effect, charge: "", url, rule, via, reference: "" },
        content,
        isCharge && pay.isOpen,
      );
      if (result === "free" && free !== undefined) {
        this.#db.run("DELETE FROM account_uses WHERE account = ? AND until <= ?", account, at);
        this.#db.run(
          `INSERT INTO account_uses VALUES (?, ?, 1, ?)
           ON CONFLICT (account, name) DO UPDATE SET used = used + 1`,
          account,
          free.name,
          at + free.period,
        );
      }
      return result;
    });
  }

  follow(sequel: ChargeSequel): boolean {
    return this.#db.atomically(() => {
      const { kind, account, at, reference = "" } = sequel;
      const [charge] = this.#db.run(
        `SELECT ${COLUMNS} FROM account_entries WHERE key = ? AND account = ?`,
        sequel.charge,
        account,
      );
      const key = sequelKey(sequel);
      if (charge === undefined || this.#has(key)) return false;
      const { currency, amount, url, rule, via, effect } = charge as unknown as AccountEntry;
      const back = kind === "void" || kind === "credit" ? Math.abs(effect) : 0;
      const about = { charge: sequel.charge, currency, amount, url, rule, via };
      this.#add({ key, kind, account, at, effect: back, reference, ...about });
      return true;
    });
  }

  deposit({ key, account, at, currency, amount, reference }: Deposit): boolean {
    return this.#db.atomically(() => {
      if (this.#has(key)) return false;
      const none = { charge: "", url: "", rule: "" };
      const entry = { key, kind: "top-up", account, at, currency, amount, effect: amount } as const;
      this.#add({ ...entry, ...none, via: "operator", reference });
      return true;
    });
  }

  limit(account: string, currency: string, credit: number | undefined): void {
    const where = [account, currency] as const;
    if (credit === undefined) {
      this.#db.run("DELETE FROM account_limits WHERE account = ? AND currency = ?", ...where);
    } else {
      this.#db.run("INSERT OR REPLACE INTO account_limits VALUES (?, ?, ?)", ...where, credit);
    }
  }

  balances({ account = "", after = "" }: BalanceQuery): BalancePage {
    // A currency has no spaces; the name of an account may have any character.
    const [code = "", name = ""] = after.split(/ (.*)/s);
    const rows = this.#db.run(
      `SELECT account, currency, ifnull(b.micros, 0) AS balance, l.micros AS credit
       FROM (SELECT account, currency FROM account_balances
             UNION SELECT account, currency FROM account_limits)
       LEFT JOIN account_balances b USING (account, currency)
       LEFT JOIN account_limits l USING (account, currency)
       WHERE (? = '' OR account = ?) AND (account, currency) > (?, ?)
       ORDER BY account, currency LIMIT ?`,
      account,
      account,
      name,
      code,
      PAGE,
    );
    const balances = rows.map((row) => ({
      account: String(row["account"]),
      currency: String(row["currency"]),
      balance: Number(row["balance"]),
      credit: row["credit"] === null ? undefined : Number(row["credit"]),
    }));
    const last = rows.length < PAGE ? undefined : balances.at(-1);
    return { balances, next: last && `${last.currency} ${last.account}` };
  }

  entries({ since = 0, account = "", after = "0" }: EntryQuery): EntryPage {
    const rows = this.#db.run(
      `SELECT seq, ${COLUMNS} FROM account_entries
       WHERE seq > ? AND at >= ? AND (? = '' OR account = ?) ORDER BY seq LIMIT ?`,
      Number(after),
      since,
      account,
      account,
      PAGE,
    );
    const last = rows.length < PAGE ? undefined : Number(rows.at(-1)?.["seq"]);
    const entries = rows.map(({ seq: _seq, ...entry }) => entry as unknown as AccountEntry);
    return { entries, next: last === undefined ? undefined : String(last) };
  }

  #decide(request: ChargeRequest): ChargeResult {
    const { key, account, content, free, pay } = request;
    const [prior] = this.#db.run(
      `SELECT at, account, content, NOT ${SETTLED} AS open, ${UNDONE} AS undone
       FROM account_entries e WHERE key = ?`,
      key,
    );
    const [delivered] = this.#db.run(
      `SELECT at FROM account_entries e
       WHERE account = ? AND content = ? AND charge = '' AND NOT ${UNDONE} AND ${SETTLED}
       ORDER BY seq DESC LIMIT 1`,
      account,
      content,
    );
    const used =
      free &&
      this.#one("SELECT used FROM account_uses WHERE account = ? AND name = ?", account, free.name);
    const microsIn = (table: string): number | undefined =>
      pay &&
      this.#one(
        `SELECT micros FROM ${table} WHERE account = ? AND currency = ?`,
        account,
        pay.currency,
      );
    return decideCharge(request, {
      prior: prior && {
        at: Number(prior["at"]),
        isSame: prior["account"] === account && prior["content"] === content,
        isOpen: prior["open"] === 1,
        isUndone: prior["undone"] === 1,
      },
      deliveredAt: delivered && Number(delivered["at"]),
      used: used ?? 0,
      balance: microsIn("account_balances") ?? 0,
      credit: microsIn("account_limits"),
    });
  }

  /** The first column of the first row. */
  #one(statement: string, ...values: SqlValue[]): number | undefined {
    const [row] = this.#db.run(statement, ...values);
    return row && Number(Object.values(row)[0]);
  }

  #has(key: string): boolean {
    return this.#db.run("SELECT 1 FROM account_entries WHERE key = ?", key).length > 0;
  }

  /** Adds an entry, and changes the balance by its effect. Throws if sums would become inexact. */
  #add(entry: AccountEntry, content = "", isOpen = false): void {
    const { key, kind, account, at, currency, amount, effect, charge, url, rule, via } = entry;
    this.#db.run(
      `INSERT INTO account_entries
         (key, kind, account, at, currency, amount, effect, charge, url, rule, via, reference, content, open)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      key,
      kind,
      account,
      at,
      currency,
      amount,
      effect,
      charge,
      url,
      rule,
      via,
      entry.reference,
      content,
      isOpen ? 1 : 0,
    );
    if (effect === 0) return;
    const [row] = this.#db.run(
      `INSERT INTO account_balances VALUES (?, ?, ?)
       ON CONFLICT (account, currency) DO UPDATE SET micros = micros + excluded.micros
       RETURNING micros`,
      account,
      currency,
      effect,
    );
    if (Math.abs(Number(row?.["micros"])) > MOST_BALANCE) throw new RangeError(TOO_LARGE);
  }
}

const TOO_LARGE = "the balance would be larger than a ledger can count";
