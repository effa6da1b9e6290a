import { join } from "node:path";
import { accountWarnings } from "../../admin/account-warning.ts";
import { operatorLedger, type OperatorLedger } from "../../admin/operator-ledger.ts";
import { FEATURES } from "../../features.ts";
import { isOnWeb } from "../../http/target.ts";
import { now } from "../../timing/duration.ts";
import { openAccounts } from "../node-store.ts";
import { readToken } from "../proxy-client.ts";
import { loadRulesFile } from "../rules-file.ts";
import { parseStoreChoice } from "../store-choice.ts";
import { UsageError, wrongValue, type CommandContext } from "../usage.ts";
import { remoteLedger } from "./remote.ts";

/** The options that say where the ledger is. */
interface Place {
  readonly proxy?: string | undefined;
  readonly "token-file"?: string | undefined;
  readonly store?: string | undefined;
  readonly rules?: string | undefined;
}

/** A ledger, and the function that closes it. */
interface Opened {
  readonly ledger: OperatorLedger;
  readonly close?: () => unknown;
}

/** Opens the ledger of a proxy that runs, or of a store. */
export async function openLedger(
  { proxy, "token-file": file, store, rules }: Place,
  isWriting: boolean,
  env: CommandContext["env"],
): Promise<Opened> {
  if (proxy !== undefined) {
    if (store !== undefined || rules !== undefined) {
      throw new UsageError("with --proxy, the proxy has its own store and rules");
    }
    if (!isOnWeb(URL.parse(proxy))) throw wrongValue("--proxy", "a URL", proxy);
    return { ledger: remoteLedger(proxy, readToken(file, env, ["ADMIN_TOKEN"])) };
  }
  if (file !== undefined) throw new UsageError("--token-file needs --proxy");
  const warningOf = isWriting
    ? accountWarnings(loadRulesFile(rules, FEATURES).bots)
    : () => undefined;
  const text = store ?? env["STORE_URL"];
  const choice =
    text === undefined
      ? ({ kind: "sqlite", path: join(".wayleave", "data", "wayleave.sqlite") } as const)
      : parseStoreChoice(text);
  const accounts = await openAccounts(choice, isWriting ? "write" : "read");
  return {
    ledger: operatorLedger({ accounts, now, warningOf }),
    close: () => accounts.close?.(),
  };
}
