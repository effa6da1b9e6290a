import type { FeatureList } from "../feature/define.ts";
import { visible, type Fault } from "../rules/fault.ts";
import { deprecations } from "../rules/deprecations.ts";
import { parseRules } from "../rules/parse.ts";
import { readRules, type LoadedRules, type ReadRules } from "../rules/load.ts";
import type { ValidRules } from "../rules/warn.ts";
import type { RefusedRules, RulesState } from "../admin/health.ts";
import type { Log } from "../telemetry/log.ts";
import { digestOfText } from "../http/digest.ts";

/** The texts of rules, not parsed yet. */
export interface OfferedRules {
  readonly text: string;
  /** The text of the bot table that the rules name; undefined if there is none. */
  readonly readTable: (path: string) => string | undefined;
  /** The name of the version, if the operator did not write the text. @default rulesVersion() */
  readonly version?: string | undefined;
}

/** The result of offering rules: in force now, the same as before, or refused because of faults. */
type OfferOutcome = "taken" | "unchanged" | "refused";

interface RulesInForceOptions {
  readonly builtInBots: string;
  readonly features: FeatureList;
  /** Applies rules; throws if they can't be applied, and then changes nothing. */
  readonly apply: (loaded: LoadedRules, version: string) => void | Promise<void>;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** Tracks the rules in force. New rules without faults replace them. */
export class RulesInForce {
  readonly #options: RulesInForceOptions;
  #version: string | undefined;
  #since: number;
  #refused: RefusedRules | undefined;

  constructor(options: RulesInForceOptions) {
    this.#options = options;
    this.#since = options.now();
  }

  get features(): FeatureList {
    return this.#options.features;
  }

  get state(): RulesState {
    return { version: this.#version, since: this.#since, refused: this.#refused };
  }

  /** Records the rules with which a runtime has started. */
  async started(offered: OfferedRules): Promise<void> {
    const refused = this.#refused;
    const { read, version } = await this.#read(offered);
    this.#force(version, offered, read);
    this.#refused = refused;
  }

  /**
   * Checks rules, and puts them in force if they have no faults and are new.
   *
   * @param anew applies even the same rules, since files that they name may have changed
   */
  async offer(offered: OfferedRules, anew = false): Promise<OfferOutcome> {
    const { read, version } = await this.#read(offered);
    if (version === this.#version && !anew) {
      this.#refused = undefined;
      return "unchanged";
    }
    // Logged once for each version.
    if (version === this.#refused?.version && !anew) return "refused";
    if (read.kind === "faulty") {
      return this.#refuse(version, { faults: read.faults.map(placed(read.table)) });
    }
    try {
      const { rules, bots, features } = read;
      await this.#options.apply({ rules, bots, features }, version);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return this.#refuse(version, { error: message });
    }
    this.#force(version, offered, read);
    return "taken";
  }

  /** Puts earlier rules in force again, while newer ones remain refused. */
  async restore(offered: OfferedRules): Promise<void> {
    const refused = this.#refused;
    await this.offer(offered);
    this.#refused = refused;
  }

  async #read({ text, readTable, version }: OfferedRules) {
    let table: string | undefined;
    const { builtInBots, features } = this.#options;
    const read = readRules(text, builtInBots, (path) => (table = readTable(path)), features);
    return { read, version: version ?? (await rulesVersion(text, table)) };
  }

  #force(version: string, offered: OfferedRules, read: ReadRules): void {
    this.#version = version;
    this.#since = this.#options.now();
    this.#refused = undefined;
    this.#options.log.info("rules-in-force", { version });
    // A text with a version comes from `wayleave start`, which has logged its deprecations.
    const isAsWritten = offered.version === undefined;
    if (read.kind === "valid" && isAsWritten) logDeprecations(read, this.#options.log);
  }

  #refuse(version: string, why: Readonly<Record<string, unknown>>): OfferOutcome {
    this.#refused = { version, at: this.#options.now() };
    this.#options.log.warn("rules-refused", { version, inForce: this.#version ?? null, ...why });
    return "refused";
  }
}

/** The path of the bot table that rules name; undefined if they name none, or have faults. */
export function namedTable(text: string, features: FeatureList): string | undefined {
  const parsed = parseRules(text, features);
  const named = parsed.kind === "valid" ? parsed.value.agents.bots : undefined;
  return typeof named === "string" ? named : undefined;
}

/** Logs deprecated keys, for operators who never run `check`. */
export function logDeprecations(read: ValidRules, log: Log): void {
  for (const { pointer, message } of deprecations(read)) {
    log.warn("rules-deprecated", { pointer, message });
  }
}

function placed(table = "rules") {
  return ({ line, column, message }: Fault): string =>
    `${visible(table)}:${line}:${column}: ${message}`;
}

/**
 * The name of a version of the rules: the first 16 hexadecimal digits of the SHA-256 of the rules
 * file and the bot table that it names, as in `cat rules.jsonc bots.jsonc | sha256sum`.
 */
async function rulesVersion(text: string, table: string | undefined): Promise<string> {
  return (await digestOfText(text + (table ?? ""))).slice(0, 16);
}
