import { addressBlock } from "../../agent/network.ts";
import { MEASURES } from "../../store/history.ts";
import { Sums } from "../../store/memory-history.ts";
import { oncePer } from "../../http/once-per.ts";
import type { FeatureEvent, RequestEvent } from "../event.ts";
import { MOST_ROWS, type TableName } from "../history/tables.ts";
import { acts } from "./acting.ts";
import { addNumbers } from "./numbers.ts";
import type { ShapeValues } from "./shape.ts";

/** The tables about requests of which most have none. */
const OCCASIONAL = [
  "referrals",
  "redirects",
  "violations",
  "decisions",
  "charges",
  "dictionaries",
  "origin",
  "missing",
  "impostors",
] as const satisfies readonly TableName[];

type Occasional = (typeof OCCASIONAL)[number];

/** Sums of the tables that most requests have no row in, since they were last drained. */
export class Occasions {
  readonly #tables = new Map<Occasional, Sums>(OCCASIONAL.map((name) => [name, new Sums()]));
  /** The sums by the origin server's status: most requests have one, so it needs no key. */
  readonly #origin = new Map<number, Float64Array>();
  /** The sums of features by agent, since most requests have the results of an earlier one. */
  readonly #decisions = new Map<FeatureEvent, Map<string, number[]>>();

  /** @param path of the request, cut */
  take(
    event: RequestEvent,
    values: ShapeValues,
    pattern: string,
    path: string,
    numbers: Float64Array,
  ): void {
    const add = (table: Occasional, ...key: string[]): void => void this.#add(table, key, numbers);
    const { agent, verdict, status } = values;
    const { referrer, originStatus, cause } = event;
    if (referrer.class !== "none" && referrer.class !== "own") {
      add("referrals", referrer.class, referrer.name ?? "", pattern);
    }
    if (cause?.kind === "origin") add("origin", "", cause.code);
    else if (originStatus !== undefined) this.#addOrigin(originStatus, numbers);
    if (event.violation !== undefined) add("violations", agent, verdict, path);
    const isGone = status === "404" || status === "410";
    if (isGone && values.kind !== "anonymous") add("missing", path, agent, verdict, status);
    if (verdict === "spoofed" || verdict === "invalid") {
      const { address } = event.client;
      add("impostors", agent, verdict, address === undefined ? "" : networkOf(address));
    }
    const { access, dictionary } = event;
    if (access?.charged !== undefined) add("charges", agent, access.rule, access.charged.currency);
    if (dictionary !== undefined) {
      const { used, offered, group = "", reason } = dictionary;
      const outcome = used ? "used" : offered ? "not-used" : "advertised";
      add("dictionaries", group, event.coding, outcome, reason);
    }
    for (const feature of actingOf(event.features)) {
      this.#addDecision(feature, agent, numbers);
      const { kind, detail, would } = feature;
      const to = kind === "respond" ? detail?.["to"] : undefined;
      if (to === undefined) continue;
      const outcome = would === undefined ? "redirected" : "would-redirect";
      add("redirects", path, to.slice(0, LONGEST_TARGET), agent, outcome);
    }
  }

  /** The sums of each table, which the caller empties. */
  get tables(): Iterable<[Occasional, Sums]> {
    for (const [status, numbers] of this.#origin)
      this.#add("origin", [String(status), ""], numbers);
    this.#origin.clear();
    this.#decisions.clear();
    return this.#tables;
  }

  #addOrigin(status: number, numbers: Float64Array): void {
    let sums = this.#origin.get(status);
    if (sums === undefined) {
      this.#origin.set(status, (sums = new Float64Array(MEASURES.length)));
    }
    addNumbers(sums, numbers);
  }

  #addDecision(result: FeatureEvent, agent: string, numbers: Float64Array): void {
    const known = this.#decisions.get(result)?.get(agent);
    if (known !== undefined) {
      addNumbers(known, numbers);
      return;
    }
    const { feature, rule, mode, action, would, reason } = result;
    const key = [feature, rule, mode, would ?? action, reason, agent];
    const sums = this.#add("decisions", key, numbers);
    if (sums === undefined || this.#decisions.size >= MOST_RESULTS) this.#decisions.clear();
    if (sums === undefined) return;
    let byAgent = this.#decisions.get(result);
    if (byAgent === undefined) this.#decisions.set(result, (byAgent = new Map()));
    byAgent.set(agent, sums);
  }

  /** @returns the sums of the row, unless rows were joined */
  #add(table: Occasional, key: readonly string[], numbers: Float64Array): number[] | undefined {
    const rows = this.#tables.get(table);
    const sums = rows?.add(key, numbers);
    if (rows === undefined || rows.size <= 2 * MOST_ROWS[table]) return sums;
    rows.cut(MOST_ROWS[table]);
    return undefined;
  }
}

/** Results whose sums are found without a key, at most. */
const MOST_RESULTS = 200;

/** The features that acted, once for all events that share their results. */
const actingOf = oncePer((features: readonly FeatureEvent[]) => features.filter(acts));

/** Characters of a redirect's target, at most. */
const LONGEST_TARGET = 256;

/** The network of an address: enough to find a machine in the access log. */
function networkOf(address: string): string {
  return addressBlock(address, 24) ?? address;
}
