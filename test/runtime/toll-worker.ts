import { useFeatures } from "../../src/runtime/workers/index.ts";
import { TOLL_FEATURES } from "../support/toll-feature.ts";

export { Accounts, default, Ledger, Rates, ReplayGuard } from "../../src/runtime/workers/index.ts";

useFeatures(TOLL_FEATURES);
