import type { FeatureList } from "../feature/define.ts";
import { visible, type Fault } from "../rules/fault.ts";
import { deprecations } from "../rules/deprecations.ts";
import { parseRules } from "../rules/parse.ts";
import { readRules, type LoadedRules, type ReadNamed, type ReadRules } from "../rules/load.ts";
import { documentFiles } from "../rules/site-documents.ts";
import type { ValidRules } from "../rules/warn.ts";
import type { RefusedRules, RulesState } from "../admin/health.ts";
import type { Log } from "../telemetry/log.ts";
import { digestOfText } from "../http/digest.ts";

/** The texts of rules, not parsed yet. */
export interface OfferedRules {
  readonly text: string;
  /** The text of a file that the rules name; undefined if there is none. */
  readonly readFile: ReadNamed;
  /** The name of the version, if the operator did not write the text. @default rulesVersion() */
  readonly version?: string | undefined;
}

/** The texts of rules and of the files that they name, for other processes. */
export interface RulesText {
  readonly text: string;
  readonly version: string;
  readonly files: readonly (readonly [folder: string, path: string, content: string | null])[];
}

/** Offers texts that another process has read. */
export function offeredBy({ text, version, files }: RulesText): OfferedRules {
  const contents = new Map(files.map(([folder, path, content]) => [`${folder} ${path}`, content]));
  const readFile: ReadNamed = (path, folder = "rules") =>
    contents.get(`${folder} ${path}`) ?? undefined;
  return { text, version, readFile };
}

/** The result of offering rules: in force now, the same as before, or refused because of faults. */
type OfferOutcome = "taken" | "unchanged" | "refused";

interface RulesInForceOptions {
  readonly builtInBots: string;
  readonly features: FeatureList;
  /** Applies rules; throws if they can't be applied, and then changes nothing. */
  readonly apply: (
    loaded: LoadedRules,
    version: string,
    text: string,
    files: RulesText["files"],
  ) => void | Promise<void>;
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

  /** The texts of rules, for another process that starts with them. */
  async textOf(offered: OfferedRules): Promise<RulesText> {
    const { version, files } = await this.#read(offered);
    return { text: offered.text, version, files };
  }

  /**
   * Checks rules, and puts them in force if they have no faults and are new.
   *
   * @param anew applies even the same rules, since files that they name may have changed
   */
  async offer(offered: OfferedRules, anew = false): Promise<OfferOutcome> {
    const { read, version, files } = await this.#read(offered);
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
      await this.#options.apply({ rules, bots, features }, version, offered.text, files);
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

  async #read({ text, readFile, version }: OfferedRules) {
    const files: [string, string, string | null][] = [];
    const { builtInBots, features } = this.#options;
    const readNamed: ReadNamed = (path, folder) => {
      const content = readFile(path, folder);
      files.push([folder ?? "rules", path, content ?? null]);
      return content;
    };
    const read = readRules(text, builtInBots, readNamed, features);
    const contents = files.map(([, , content]) => content ?? "");
    return { read, files, version: version ?? (await rulesVersion(text, contents)) };
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

/** The paths of the files that rules name. */
interface NamedFiles {
  readonly table: string | undefined;
  readonly documents: readonly string[];
}

/** The files that rules name; none if the rules have faults. */
export function namedFiles(text: string, features: FeatureList): NamedFiles {
  const parsed = parseRules(text, features);
  if (parsed.kind !== "valid") return { table: undefined, documents: [] };
  const { agents, documents } = parsed.value;
  const table = typeof agents.bots === "string" ? agents.bots : undefined;
  return { table, documents: documentFiles(documents) };
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
 * file and the files that it names, as in `cat rules.jsonc bots.jsonc | sha256sum`: documents in
 * their order, then the bot table.
 */
async function rulesVersion(text: string, named: readonly string[]): Promise<string> {
  return (await digestOfText(text + named.join(""))).slice(0, 16);
}
