import { agentName } from "../agent/web-bot-auth/index.ts";
import type { AccountBalance, AccountStore } from "../store/accounts.ts";

/** The accounts whose balances belong to one agent. */
export interface NamedAccount {
  /** The name that requests use. */
  readonly name: string;
  /** Other spellings of an agent's URL, under which an older version may have entered money. */
  readonly spellings: readonly string[];
}

/** Names the account that an operator has written: a URL in the form that requests use. */
export function namedAccount(written: string): NamedAccount {
  const name = agentName(written);
  const isOrigin = URL.parse(name)?.origin === name;
  const others = new Set([written, ...(isOrigin ? [`${name}/`] : [])]);
  others.delete(name);
  return { name, spellings: [...others] };
}

/** The balances of other spellings. */
export async function misspeltBalances(
  accounts: AccountStore,
  { spellings }: NamedAccount,
): Promise<AccountBalance[]> {
  const pages = await Promise.all(spellings.map((account) => accounts.balances({ account })));
  return pages.flatMap(({ balances }) => balances);
}

/** Moves balances and limits of other spellings to the account that requests use. */
export async function uniteSpellings(
  accounts: AccountStore,
  named: NamedAccount,
  at: number,
): Promise<void> {
  const { name } = named;
  for (const { account, currency, balance, credit } of await misspeltBalances(accounts, named)) {
    if (balance !== 0) {
      const move = { at, currency, reference: `${account} is ${name}` };
      const key = `renamed:${account}:${currency}:${balance}`;
      // In this order, and with these keys, an interrupted move continues and adds nothing twice.
      await accounts.deposit({ ...move, key: `${key}:to`, account: name, amount: balance });
      await accounts.deposit({ ...move, key: `${key}:from`, account, amount: -balance });
    }
    if (credit !== undefined) {
      const own = await accounts.balances({ account: name });
      const hasLimit = own.balances.some(
        (each) => each.currency === currency && each.credit !== undefined,
      );
      if (!hasLimit) await accounts.limit(name, currency, credit);
      await accounts.limit(account, currency, undefined);
    }
  }
}
