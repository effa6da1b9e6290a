import { verdictOf } from "../../agent/agent.ts";
import type { EventDraft, EventSink } from "../event.ts";
import type { Log } from "../log.ts";
import { AlertStates, type AlertCondition, type AlertReport } from "./alert-states.ts";

/** The operator's settings of alerts. */
export interface AlertSettings {
  readonly on: readonly AlertCondition[];
  /** Impostors in a minute from which on they are reported. */
  readonly impostors: number;
  /** Milliseconds for which a condition must be over. */
  readonly settle: number;
}

type Change = "raise" | "clear" | "happened";

/** The lines of the log that tell a condition, by name. */
const LINES: Readonly<Record<string, readonly [AlertCondition, Change]>> = {
  "origin-down": ["origin-down", "raise"],
  "origin-up": ["origin-down", "clear"],
  "store-failing": ["store-away", "raise"],
  "store-works": ["store-away", "clear"],
  "store-down": ["store-away", "raise"],
  "store-up": ["store-away", "clear"],
  "rates-failing": ["store-away", "raise"],
  "rates-work": ["store-away", "clear"],
  "directories-failing": ["directory-failing", "raise"],
  "directories-work": ["directory-failing", "clear"],
  "ip-ranges-stale": ["lists-stale", "raise"],
  "ip-ranges-fresh": ["lists-stale", "clear"],
  "canonical-valve-open": ["valve-closed", "raise"],
  "canonical-valve-closed": ["valve-closed", "clear"],
  "auto-dictionary-off": ["dictionary-off", "happened"],
  "rules-in-force": ["rules-changed", "happened"],
  "rules-refused": ["rules-changed", "happened"],
};

/** Requests without a response of the origin server in a row from which on it counts as down. */
const FAILURES = 5;
const MINUTE = 60_000;

/** Watches the log and the ends of requests for conditions that an operator wants to know. */
export class Alerts {
  readonly #deliver: (report: AlertReport) => void;
  readonly #now: () => number;
  readonly #onImpostor: (() => void) | undefined;
  #settings: AlertSettings | undefined;
  #states: AlertStates | undefined;
  #failures = 0;
  #minute = 0;
  #impostors = 0;
  /** Whether the first rules are in force: their line is no change. */
  #hasRules = false;

  /**
   * @param now milliseconds since the epoch
   * @param onImpostor counts impostors elsewhere @default here
   */
  constructor(
    deliver: (report: AlertReport) => void,
    now: () => number = Date.now,
    onImpostor?: () => void,
  ) {
    this.#deliver = deliver;
    this.#now = now;
    this.#onImpostor = onImpostor;
  }

  /** Uses these settings from now on; conditions that last remain known if `settle` is the same. */
  configure(settings: AlertSettings | undefined): void {
    const isSame = settings?.settle === this.#settings?.settle;
    this.#settings = settings;
    if (isSame && this.#states !== undefined) return;
    this.#states =
      settings &&
      new AlertStates(settings.settle, (report) => {
        if (this.#settings?.on.includes(report.alert) === true) this.#deliver(report);
      });
  }

  /** The same log, whose lines are watched. */
  watch(log: Log): Log {
    return {
      warn: (event, facts) => {
        log.warn(event, facts);
        this.#line(event, facts);
      },
      info: (event, facts) => {
        log.info(event, facts);
        this.#line(event, facts);
      },
    };
  }

  /** Looks at the end of each request, and builds no event. */
  readonly sink: EventSink = {
    wants: (draft) => {
      if (this.#states !== undefined) this.#ended(draft, this.#states);
      return false;
    },
    take() {},
  };

  /** Reports the changes that are due; call it about every second. */
  tick(): void {
    const now = this.#now();
    if (now - this.#minute >= MINUTE) this.#nextMinute(now);
    this.#states?.tick(now);
  }

  #line(event: string, facts: Readonly<Record<string, unknown>>): void {
    if (!Object.hasOwn(LINES, event)) return;
    const isFirst = event === "rules-in-force" && !this.#hasRules;
    if (event === "rules-in-force") this.#hasRules = true;
    const [alert, change] = LINES[event] ?? [];
    if (isFirst || alert === undefined) return;
    const at = this.#now();
    if (change === "clear") this.#states?.clear(alert, at);
    else if (change === "raise") this.#states?.raise(alert, { line: event, ...facts }, at);
    else this.#states?.happened(alert, { line: event, ...facts }, at);
  }

  #ended({ cause, originStatus, originName, agent }: EventDraft, states: AlertStates): void {
    const now = this.#now();
    if (cause?.kind === "origin") {
      this.#failures++;
      const { code, phase, origin } = cause;
      const facts = { code, phase, origin, ...(originName === undefined ? {} : { originName }) };
      if (this.#failures >= FAILURES) states.raise("origin-down", facts, now);
    } else if (originStatus !== undefined) {
      this.#failures = 0;
      states.clear("origin-down", now);
    }
    if (agent === undefined || !IMPOSTORS.has(verdictOf(agent))) return;
    if (this.#onImpostor === undefined) this.countImpostors(1);
    else this.#onImpostor();
  }

  /** Counts impostors, e.g. those of other processes. */
  countImpostors(count: number): void {
    const now = this.#now();
    if (now - this.#minute >= MINUTE) this.#nextMinute(now);
    const before = this.#impostors;
    this.#impostors += count;
    const { impostors = 1 } = this.#settings ?? {};
    const isReached = before < impostors && this.#impostors >= impostors;
    if (isReached) this.#states?.raise("impostors", { perMinute: impostors }, now);
  }

  #nextMinute(now: number): void {
    const { impostors = 1 } = this.#settings ?? {};
    if (this.#impostors < impostors) this.#states?.clear("impostors", now);
    this.#minute = now;
    this.#impostors = 0;
  }
}

const IMPOSTORS: ReadonlySet<string> = new Set(["spoofed", "invalid"]);
