/** The Durable Objects of the Worker, which its entry exports; see wrangler.jsonc. */
export { Accounts } from "./accounts-object.ts";
export { Ledger } from "./ledger-object.ts";
export { Rates } from "./rates-object.ts";
export { ReplayGuard } from "./replay-object.ts";
