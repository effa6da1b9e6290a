import { useTurndown } from "../../src/runtime/workers/index.ts";
import { scriptOnlyEngine } from "../support/script-only-engine.ts";

export { Accounts, default, Ledger, Rates, ReplayGuard } from "../../src/runtime/workers/index.ts";

useTurndown(() => Promise.resolve(scriptOnlyEngine));
