import cluster from "node:cluster";
import { describeError } from "../../../telemetry/describe-error.ts";
import type { Log } from "../../../telemetry/log.ts";
import { pause, within } from "../../../timing/timeout.ts";
import type { RulesText } from "../../rules-in-force.ts";
import { Backoff } from "./backoff.ts";
import type { Beginning, ProcessEnding, Gathered, Serving } from "./calls.ts";
import { ServingProcess, type ProcessOutput } from "./process.ts";

interface ProcessesOptions {
  readonly count: number;
  readonly beginning: () => Omit<Beginning, "isFurther" | "processes">;
  readonly output: ProcessOutput;
  readonly log: Log;
  /** Milliseconds for the responses under way of a process that is replaced. */
  readonly grace: number;
  /** Called with each process before it serves, to set the functions that it calls. */
  readonly onStarted: (each: ServingProcess) => void;
  readonly onEnded: (each: ServingProcess) => void;
  /** Called in place of a replacement if all have ended by themselves. @default they are replaced */
  readonly onAllEnded?: (() => void) | undefined;
}

/** Milliseconds for the answer to a question, and to an order to change the rules. */
const ANSWER_TIMEOUT = 1000;
const RULES_TIMEOUT = 20_000;
/** Milliseconds for the start of a process. */
const START_TIMEOUT = 120_000;
/** Milliseconds until a process that should have ended is killed. */
const LAST_WORDS = 5000;
/** Milliseconds for which the connections of a replaced process wait for one more request. */
const PATIENCE = 5000;

/**
 * The processes that serve, on one listening socket. It replaces each that ends, and a new generation
 * replaces all of them without a lost connection: the socket stays open, and each process answers
 * what it has accepted.
 */
export class Processes {
  readonly #options: ProcessesOptions;
  readonly #all = new Set<ServingProcess>();
  readonly #backoff = new Backoff();
  #number = 0;
  #isEnding = false;
  #hasStarted = false;
  #renewing: Promise<void> | undefined;
  replaced = 0;

  constructor(options: ProcessesOptions) {
    this.#options = options;
    // The kernel gives a connection to a process that waits; no process passes connections on.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ silent: true });
  }

  get serving(): ServingProcess[] {
    return [...this.#all].filter(({ state }) => state === "serving");
  }

  get counts(): Readonly<Record<ServingProcess["state"], number>> {
    const counts = { starting: 0, serving: 0, ending: 0 };
    for (const { state } of this.#all) counts[state]++;
    return counts;
  }

  /** Starts them: the first alone, since it prepares the store, and its faults are those of all. */
  async start(): Promise<Serving> {
    const [first, ...others] = Array.from({ length: this.#options.count }, (_, i) => i);
    const serving = await this.#startOne(first !== 0);
    await Promise.all(others.map(() => this.#startOne(true)));
    this.#hasStarted = true;
    return serving;
  }

  /** Starts as many processes of the code on disk, which then replace the present ones. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  /** Tells something to all processes but one; resolves when all have answered, or had time to. */
  async tell(name: string, data: unknown, except?: ServingProcess): Promise<void> {
    const others = [...this.#all].filter((each) => each !== except);
    await Promise.allSettled(others.map(({ channel }) => channel.ask(name, data, ANSWER_TIMEOUT)));
  }

  /** Asks all processes that serve but one; names those that do not answer in time. */
  async gather<Report>(name: string, except?: ServingProcess): Promise<Gathered<Report>> {
    const reports: Gathered<Report>["reports"][number][] = [];
    const silent: number[] = [];
    const asked = this.serving.filter((each) => each !== except);
    await Promise.all(
      asked.map(async ({ channel, pid }) => {
        try {
          reports.push({ pid, report: await channel.ask<Report>(name, {}, ANSWER_TIMEOUT) });
        } catch {
          silent.push(pid);
        }
      }),
    );
    return { reports, silent };
  }

  /** Puts rules in force in all processes. Rejects, and leaves the former in force, if one refuses. */
  async force(rules: RulesText, former: RulesText): Promise<void> {
    const all = this.serving;
    const order = (text: RulesText) =>
      Promise.allSettled(all.map(({ channel }) => channel.ask("rules", text, RULES_TIMEOUT)));
    const refused = (await order(rules)).find((result) => result.status === "rejected");
    // A process that has ended meanwhile is replaced by one that starts with the rules in force.
    if (refused === undefined || all.every(({ state }) => state !== "serving")) return;
    await order(former);
    throw refused.reason;
  }

  /** Ends all processes; resolves when the last one has ended. */
  async end(grace: number): Promise<void> {
    this.#isEnding = true;
    await Promise.all([...this.#all].map((each) => this.#end(each, { grace, patience: 0 })));
  }

  /** Ends all processes at once. */
  kill(): void {
    this.#isEnding = true;
    for (const each of this.#all) each.kill();
  }

  async #renew(): Promise<void> {
    const { count, log, grace } = this.#options;
    const former = [...this.#all];
    const next: ServingProcess[] = [];
    try {
      // The first alone: if the new code does not start, the machine is not busy with more of it.
      const { version } = await this.#startOne(true, (each) => next.push(each));
      const others = Array.from({ length: count - 1 }, () =>
        this.#startOne(true, (each) => next.push(each)),
      );
      await Promise.all(others);
      log.info("processes-renewed", { processes: count, version });
    } catch (error) {
      log.warn("processes-not-renewed", { reason: describeError(error) });
      for (const each of next) {
        each.state = "ending";
        each.kill();
      }
      return;
    }
    for (const each of former) void this.#end(each, { grace, patience: PATIENCE });
  }

  /** Starts a process, and resolves when it serves. Rejects if it ends before. */
  async #startOne(
    isFurther: boolean,
    onMade: (each: ServingProcess) => void = () => {},
  ): Promise<Serving> {
    const { beginning, count, output, onStarted } = this.#options;
    let begun: string | undefined;
    const begin = (): Beginning => {
      const made = beginning();
      begun = made.rules.version;
      return { ...made, processes: count, isFurther };
    };
    const each = new ServingProcess(++this.#number, begin, output);
    this.#all.add(each);
    onMade(each);
    onStarted(each);
    void each.ended.then((end) => this.#ended(each, end));
    const serving = await within(START_TIMEOUT, each.serving, () => {
      throw new Error("it did not serve in time");
    }).catch((error: unknown) => {
      each.kill();
      throw error;
    });
    const { rules } = beginning();
    // The rules have changed while it started.
    if (rules.version !== begun) await each.channel.ask("rules", rules, RULES_TIMEOUT);
    if (each.state === "starting") each.state = "serving";
    each.servesSince = performance.now();
    return serving;
  }

  async #end(each: ServingProcess, ending: ProcessEnding): Promise<void> {
    each.state = "ending";
    each.channel.tell("end", ending);
    const patience = ending.grace + ending.patience + LAST_WORDS;
    await within(patience, each.ended, () => each.kill());
    await each.ended;
  }

  #ended(each: ServingProcess, end: { code: number | null; signal: string | null }): void {
    this.#all.delete(each);
    this.#options.onEnded(each);
    if (each.state === "ending" || this.#isEnding || !this.#hasStarted) return;
    // A new generation that does not start is reported by itself.
    if (each.state === "starting" && this.#renewing !== undefined) return;
    const lived = each.servesSince === undefined ? 0 : performance.now() - each.servesSince;
    const wait = this.#backoff.next(lived);
    const how = end.signal === null ? { code: end.code } : { signal: end.signal };
    this.#options.log.warn("process-ended", { pid: each.pid, ...how, replacedIn: wait });
    this.replaced++;
    const { onAllEnded } = this.#options;
    if (onAllEnded !== undefined && this.#all.size === 0) onAllEnded();
    else void this.#replace(wait);
  }

  async #replace(wait: number): Promise<void> {
    if (wait > 0) await pause(wait);
    if (this.#isEnding) return;
    // Its end, which begins the next attempt, is reported elsewhere.
    await this.#startOne(true).catch(() => {});
  }
}
