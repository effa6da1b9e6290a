/** The conditions of which an operator can be told. */
export type AlertCondition =
  | "origin-down"
  | "store-away"
  | "directory-failing"
  | "lists-stale"
  | "valve-closed"
  | "dictionary-off"
  | "rules-changed"
  | "impostors";

/** A report about a condition. */
export interface AlertReport {
  readonly alert: AlertCondition;
  /** "happened" is for conditions that do not last. */
  readonly state: "begins" | "ends" | "happened";
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When the condition began. */
  readonly since: number;
  /** How often it was seen since it began, or since the last report. */
  readonly count: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface Condition {
  since: number;
  count: number;
  facts: AlertReport["facts"];
  /** When it was over; undefined while it lasts. */
  overAt: number | undefined;
}

/**
 * Decides which changes of conditions are reported. A condition that lasts is reported once when it
 * begins, and once when it has been over for a while, so that it does not flap. Of events without an
 * end, the first is reported at once, and further ones together after that while.
 */
export class AlertStates {
  readonly #settle: number;
  readonly #report: (report: AlertReport) => void;
  readonly #lasting = new Map<AlertCondition, Condition>();
  readonly #momentary = new Map<AlertCondition, Condition>();

  /** @param settle milliseconds */
  constructor(settle: number, report: (report: AlertReport) => void) {
    this.#settle = settle;
    this.#report = report;
  }

  /** The condition is there now. */
  raise(alert: AlertCondition, facts: AlertReport["facts"], at: number): void {
    const known = this.#lasting.get(alert);
    if (known !== undefined) {
      known.count++;
      known.facts = facts;
      known.overAt = undefined;
      return;
    }
    this.#lasting.set(alert, { since: at, count: 1, facts, overAt: undefined });
    this.#report({ alert, state: "begins", at, since: at, count: 1, facts });
  }

  /** The condition is over, unless it comes back soon. */
  clear(alert: AlertCondition, at: number): void {
    const known = this.#lasting.get(alert);
    if (known !== undefined) known.overAt ??= at;
  }

  /** An event without an end. */
  happened(alert: AlertCondition, facts: AlertReport["facts"], at: number): void {
    const known = this.#momentary.get(alert);
    if (known === undefined) {
      this.#momentary.set(alert, { since: at, count: 0, facts, overAt: at });
      this.#report({ alert, state: "happened", at, since: at, count: 1, facts });
      return;
    }
    known.count++;
    known.facts = facts;
  }

  /** Reports the changes that are due; call it from time to time. */
  tick(at: number): void {
    for (const [alert, { since, count, facts, overAt }] of this.#lasting) {
      if (overAt === undefined || at - overAt < this.#settle) continue;
      this.#lasting.delete(alert);
      this.#report({ alert, state: "ends", at, since, count, facts });
    }
    for (const [alert, known] of this.#momentary) {
      if (at - (known.overAt ?? at) < this.#settle) continue;
      const { since, count, facts } = known;
      if (count === 0) {
        this.#momentary.delete(alert);
        continue;
      }
      Object.assign(known, { since: at, count: 0, overAt: at });
      this.#report({ alert, state: "happened", at, since, count, facts });
    }
  }
}
