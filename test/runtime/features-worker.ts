import { useFeatures } from "../../src/runtime/workers/index.ts";
import { OWN_FEATURES } from "../support/own-features.ts";

export { Accounts, default, Ledger, Rates, ReplayGuard } from "../../src/runtime/workers/index.ts";

useFeatures(OWN_FEATURES);
