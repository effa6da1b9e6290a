import type { RefusedRules } from "../../admin/health.ts";
import { RulesInForce, type RulesText } from "../../runtime/rules-in-force.ts";
import type { RulesFile } from "../../rules/schema.ts";
import type { Log } from "../../telemetry/log.ts";
import { now } from "../../timing/duration.ts";
import { builtInBots, fileReader } from "../rules-file.ts";
import { followRules } from "./follow-rules.ts";
import type { StartOptions } from "./options.ts";

interface LeadOptions extends Pick<StartOptions, "site" | "siteOf" | "rulesFile" | "rulesText"> {
  readonly log: Log;
  /** Puts rules in force in all processes, or, if one refuses, the former ones again. */
  readonly force: (rules: RulesText, former: RulesText) => Promise<void>;
  readonly onForced: (rules: RulesFile) => void;
  readonly onRefused: (refused: RefusedRules | null) => void;
}

/** The rules of several processes, which the first one reads for all. */
export interface LedRules {
  /** The rules with which a process starts. */
  readonly now: RulesText;
  readonly refused: RefusedRules | null;
  /** Follows the files of the rules from now on. */
  follow(): Promise<ReturnType<typeof followRules>>;
}

/** Reads the rules for several processes, and logs their changes once. */
export async function leadRules(options: LeadOptions): Promise<LedRules> {
  const { site, siteOf, rulesFile, rulesText, force, onForced, onRefused } = options;
  const log: Log = {
    warn(event, facts) {
      options.log.warn(event, facts);
      if (event === "rules-refused") onRefused(inForce.state.refused ?? null);
    },
    info(event, facts) {
      options.log.info(event, facts);
      if (event === "rules-in-force") onRefused(null);
    },
  };
  const inForce = new RulesInForce({
    builtInBots: builtInBots(),
    features: site.features,
    apply: async (loaded, version, text, files) => {
      // Throws, before any process changes, if the rules need a restart.
      siteOf(loaded);
      const former = rules;
      // From now on, a process starts with them.
      rules = { text, version, files };
      try {
        await force(rules, former);
      } catch (error) {
        rules = former;
        throw error;
      }
      onForced(loaded.rules);
    },
    now,
    log,
  });
  const offered = { text: rulesText, readFile: fileReader(rulesFile) };
  let rules = await inForce.textOf(offered);
  return {
    get now() {
      return rules;
    },
    get refused() {
      return inForce.state.refused ?? null;
    },
    async follow() {
      await inForce.started(offered);
      return followRules(rulesFile, inForce, log);
    },
  };
}
