import type {
  Changed,
  OperatorLedger,
  ShownBalance,
  ShownEntry,
} from "../../admin/operator-ledger.ts";
import { formatAmount, formatMicros } from "../../http/amount.ts";
import { isObject } from "../../http/json.ts";
import { LEDGER } from "../../http/known-paths.ts";
import { askProxy } from "../proxy-client.ts";
import { CommandFailure } from "../usage.ts";
import { COLUMNS } from "./csv.ts";

type Value = Readonly<Record<string, unknown>>;

/** The ledger of a proxy that runs, through its endpoints; each call may reject with a CommandFailure. */
export function remoteLedger(proxy: string, token: string): OperatorLedger {
  const ask = <Read>(
    name: string,
    read: (value: Value) => Read | undefined,
    { query = {}, content }: { query?: object; content?: object },
  ): Promise<Read> => {
    const url = new URL(`${LEDGER}/${name}`, proxy);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    return askProxy(
      { url, token, needs: "ADMIN_TOKEN", ...(content === undefined ? {} : { content }) },
      read,
    );
  };
  return {
    entries: ({ since, ...query }) =>
      ask("entries", (value) => pageOf("entries", value, entryOf), {
        query: {
          ...query,
          ...(since === undefined ? {} : { since: new Date(since * 1000).toISOString() }),
        },
      }),
    balances: (query) =>
      ask("balances", (value) => pageOf("balances", value, balanceOf), { query }),
    async credit({ key, account, amount: { currency, micros }, note }) {
      const content = { key, account, amount: `${currency} ${formatMicros(micros)}`, note };
      try {
        return await ask("credit", changedOf, { content });
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        // A second attempt with the same key can't credit twice.
        throw new CommandFailure(`${error.message}; to try again, add --key ${key}`);
      }
    },
    limit: ({ account, currency, credit }) =>
      ask("limit", changedOf, {
        content:
          credit === undefined
            ? { account, limit: null, currency }
            : { account, limit: formatAmount({ currency, micros: credit }) },
      }),
  };
}

/** Reads a page, which says if there is another one. */
function pageOf<Name extends string, Item>(
  name: Name,
  { [name as string]: given, next }: Value,
  itemOf: (given: unknown) => Item | undefined,
) {
  if (!Array.isArray(given) || (next !== null && typeof next !== "string")) return undefined;
  const items = given.map(itemOf);
  if (items.includes(undefined)) return undefined;
  return { [name]: items, next } as Record<Name, readonly Item[]> & { next: string | null };
}

function entryOf(given: unknown): ShownEntry | undefined {
  if (!isObject(given)) return undefined;
  const members = COLUMNS.map((name) => [name, given[name]] as const);
  return members.every(([, text]) => typeof text === "string")
    ? (Object.fromEntries(members) as unknown as ShownEntry)
    : undefined;
}

function balanceOf(given: unknown): ShownBalance | undefined {
  if (!isObject(given)) return undefined;
  const { account, currency, balance, creditLimit } = given;
  if (typeof account !== "string" || typeof currency !== "string") return undefined;
  if (typeof balance !== "string") return undefined;
  if (typeof creditLimit !== "string" && creditLimit !== null) return undefined;
  return { account, currency, balance, creditLimit };
}

function changedOf({ isNew, balance: given, warning }: Value): Changed | undefined {
  const balance = balanceOf(given);
  if (typeof isNew !== "boolean" || balance === undefined) return undefined;
  return { isNew, balance, ...(typeof warning === "string" ? { warning } : {}) };
}
