import type { Bot } from "../agent/bots.ts";
import { compileBots } from "../agent/bot-table.ts";

/**
 * Creates the function that says why no request might ever use an account of a name: the name of a bot,
 * or the URL in Signature-Agent of an agent without one, is the name of an account.
 *
 * @param bots the built-in table, and that of the rules
 */
export function accountWarnings(bots: readonly Bot[]): (account: string) => string | undefined {
  let table: ReturnType<typeof compileBots> | undefined;
  return (account) => {
    if (bots.some(({ name }) => name === account)) return undefined;
    if (account.startsWith("x402:")) return "wallets pay by transfers, never from a balance";
    // The thumbprint of a key whose signer names no URL.
    if (account.startsWith("key:")) return undefined;
    if (URL.parse(account)?.protocol === "https:") {
      const bot = (table ??= compileBots(bots)).bySignatureAgent(account, undefined);
      if (bot === undefined) return undefined;
      return `this is the agent ${quote(bot.name)} of the bot table, which pays from the account of that name`;
    }
    const same = account.toLowerCase();
    const near = bots.find(({ name }) => name.toLowerCase() === same);
    const hint = near === undefined ? "" : `; the table has ${quote(near.name)}`;
    return `no bot of the table has this name, and it is no https URL of a Signature-Agent${hint}`;
  };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
